package io.fdwork.internal.wire;

import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Membership}.
 */
class MembershipTests {

	@Test
	void shouldBeTheSameOnTheOtherSideOfTheEnvironment() {
		Membership membership = new Membership("token", 12);
		Map<String, String> environment = new HashMap<>(
				Map.of("PATH", "/bin", "FDWORK_FLEET_TOKEN", "of an outer fleet"));
		membership.addTo(environment);
		assertThat(Membership.of(environment)).isEqualTo(membership);
		assertThat(environment).containsOnlyKeys("PATH", "FDWORK_FLEET_TOKEN", "FDWORK_FLEET_GENERATION");
	}

	@Test
	void shouldBeAbsentWhenNoFleetStartedTheProcess() {
		assertThat(Membership.of(Map.of())).isNull();
		assertThat(Membership.of(Map.of("FDWORK_FLEET_TOKEN", "token"))).isNull();
		assertThat(Membership.of(Map.of("FDWORK_FLEET_GENERATION", "1"))).isNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "x", "-1", "1.5", "9999999999", " 1" })
	void shouldBeAbsentWhenGenerationIsNoNumber(String generation) {
		assertThat(Membership.of(Map.of("FDWORK_FLEET_TOKEN", "token", "FDWORK_FLEET_GENERATION", generation)))
			.isNull();
	}

}
