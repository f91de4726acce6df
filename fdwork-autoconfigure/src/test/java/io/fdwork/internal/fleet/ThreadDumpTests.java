package io.fdwork.internal.fleet;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ThreadDump}.
 */
class ThreadDumpTests {

	private final ThreadDump dump = new ThreadDump();

	@Test
	void shouldKeepDumpAndNothingElse() {
		assertThat(this.dump.text()).isEmpty();
		add("Started", "2026-01-31 12:00:00", "Full thread dump OpenJDK 64-Bit Server VM (17)", "", "\"main\" #1");
		assertThat(this.dump.isComplete()).isFalse();
		add("JNI global refs: 20, weak refs: 0", "", "Heap", "Stopping");
		assertThat(this.dump.isComplete()).isTrue();
		assertThat(this.dump.text()).isEqualTo("Full thread dump OpenJDK 64-Bit Server VM (17)\n\n\"main\" #1\n"
				+ "JNI global refs: 20, weak refs: 0\n");
	}

	@Test
	void shouldBeBounded() {
		add("Full thread dump");
		for (int i = 0; i < 10; i++) {
			add("x".repeat(10_000));
		}
		assertThat(this.dump.text()).hasSize(ThreadDump.MAX_LENGTH);
		assertThat(this.dump.isComplete()).isTrue();
	}

	private void add(String... lines) {
		for (String line : lines) {
			this.dump.add(line);
		}
	}

}
