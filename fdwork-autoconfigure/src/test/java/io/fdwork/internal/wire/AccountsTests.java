package io.fdwork.internal.wire;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Accounts}.
 */
class AccountsTests {

	@Test
	void shouldFindNumbersOfNames() {
		assertThat(Accounts.findUser("root")).isZero();
		assertThat(Accounts.findGroup("root")).isZero();
	}

	@Test
	void shouldTakeNumbersAsTheyAre() {
		assertThat(Accounts.findUser("54321")).isEqualTo(54321);
		assertThat(Accounts.findGroup("4294967294")).isEqualTo(4294967294L);
	}

	@ParameterizedTest
	@ValueSource(strings = { "no-such-account", "", "-1", "root:x", "99999999999" })
	void shouldFindNothingOfOtherNames(String name) {
		assertThat(Accounts.findUser(name)).isNull();
		assertThat(Accounts.findGroup(name)).isNull();
	}

}
