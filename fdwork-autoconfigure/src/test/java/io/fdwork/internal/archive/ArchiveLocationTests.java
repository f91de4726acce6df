package io.fdwork.internal.archive;

import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ArchiveLocation}.
 */
class ArchiveLocationTests {

	private static final Path DEFAULT = Path.of("/tmp/fdwork-app");

	private static final Path CONFIGURED = Path.of("/run/fdwork");

	@TempDir
	Path home;

	@Test
	void shouldBeBelowTheCacheOfUserWhenNothingIsConfigured() {
		assertThat(ArchiveLocation.choose(null, DEFAULT, Map.of(), this.home.toString()))
			.isEqualTo(this.home.resolve(".cache/fdwork-app/archives"));
		assertThat(ArchiveLocation.choose(null, DEFAULT, Map.of("XDG_CACHE_HOME", "/cache"), this.home.toString()))
			.isEqualTo(Path.of("/cache/fdwork-app/archives"));
	}

	@Test
	void shouldBeBelowTheConfiguredDirectory() {
		assertThat(ArchiveLocation.choose(CONFIGURED, CONFIGURED, Map.of("XDG_CACHE_HOME", "/cache"),
				this.home.toString()))
			.isEqualTo(Path.of("/run/fdwork/archives"));
	}

	@Test
	void shouldBeBelowTheCacheOfUnit() {
		Map<String, String> environment = Map.of("CACHE_DIRECTORY", "/var/cache/app:/var/cache/other");
		assertThat(ArchiveLocation.choose(CONFIGURED, CONFIGURED, environment, this.home.toString()))
			.isEqualTo(Path.of("/var/cache/app/archives"));
		assertThat(ArchiveLocation.choose(null, DEFAULT, environment, this.home.toString()))
			.isEqualTo(Path.of("/var/cache/app/archives"));
	}

	@Test
	void shouldBeBelowTheDirectoryWhenUserHasNoHome() {
		for (String none : new String[] { "/nonexistent", "/", "?", "" }) {
			assertThat(ArchiveLocation.choose(null, DEFAULT, Map.of(), none)).as(none)
				.isEqualTo(Path.of("/tmp/fdwork-app/archives"));
		}
	}

}
