package io.fdwork.internal.daemon;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RecoveryFactory}.
 */
class RecoveryFactoryTests {

	@Test
	void shouldTakeShareOfTheTableOfOpenFilesUnlessConfigured() {
		assertThat(RecoveryFactory.bound(null, 256)).as("what there is, is needed").isZero();
		assertThat(RecoveryFactory.bound(null, 1024)).isEqualTo(128);
		assertThat(RecoveryFactory.bound(null, 1_048_576)).isEqualTo(16_384);
		assertThat(RecoveryFactory.bound(null, Long.MAX_VALUE)).isEqualTo(16_384);
		assertThat(RecoveryFactory.bound(50_000, 1024)).isEqualTo(50_000);
		assertThat(RecoveryFactory.bound(0, 1024)).isZero();
		assertThat(RecoveryFactory.bound(Integer.MAX_VALUE, 1024)).isEqualTo(1 << 20);
	}

}
