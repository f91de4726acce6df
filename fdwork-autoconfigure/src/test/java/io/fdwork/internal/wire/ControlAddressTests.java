package io.fdwork.internal.wire;

import java.nio.file.Path;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ControlAddress}.
 */
class ControlAddressTests {

	@Test
	void shouldBeAbsoluteWhenDirectoryIsRelative() {
		assertThat(ControlAddress.in(Path.of("run"))).isAbsolute().endsWithRaw(Path.of("run", "control.sock"));
	}

	@Test
	void shouldAllowPathOfGreatestLength() {
		Path root = Path.of("/");
		int room = ControlAddress.MAX_PATH_LENGTH - "//control.sock".length();
		assertThat(ControlAddress.in(root.resolve("d".repeat(room))).toString())
			.hasSize(ControlAddress.MAX_PATH_LENGTH);
		assertThatExceptionOfType(DirectoryUnusableException.class)
			.isThrownBy(() -> ControlAddress.in(root.resolve("d".repeat(room + 1))))
			.withMessageContaining("108 bytes")
			.satisfies((ex) -> assertThat(ex.getAction()).contains("shorter"));
	}

}
