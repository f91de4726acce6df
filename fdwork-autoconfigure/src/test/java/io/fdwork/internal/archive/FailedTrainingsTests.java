package io.fdwork.internal.archive;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link FailedTrainings}.
 */
class FailedTrainingsTests {

	private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1);

	private final FailedTrainings failed = new FailedTrainings(this.now::get);

	@TempDir
	private Path directory;

	private ArchiveKey key;

	@BeforeEach
	void createKey() throws Exception {
		this.key = key("one.jar");
	}

	private ArchiveKey key(String jar) throws Exception {
		return ArchiveKey.of(Path.of(System.getProperty("java.home")), Files.createFile(this.directory.resolve(jar)),
				List.of());
	}

	@Test
	void shouldTryAgainAfterAWhileThatGrowsAndNotForEver() throws Exception {
		ArchiveKey other = key("other.jar");
		Duration delay = FailedTrainings.FIRST_DELAY;
		for (int i = 1; i < FailedTrainings.MAX_ATTEMPTS; i++) {
			assertThat(this.failed.contains(this.key)).isFalse();
			this.failed.add(this.key);
			this.now.addAndGet(delay.toNanos() - 1);
			assertThat(this.failed.contains(this.key)).isTrue();
			this.now.incrementAndGet();
			delay = delay.multipliedBy(2);
		}
		this.failed.add(this.key);
		this.now.addAndGet(Duration.ofDays(30).toNanos());
		assertThat(this.failed.contains(this.key)).isTrue();
		assertThat(this.failed.contains(other)).isFalse();
	}

	@Test
	void shouldNotTryAgainWhatCanNeverBeBuilt() {
		this.failed.addForGood(this.key);
		this.now.addAndGet(Duration.ofDays(30).toNanos());
		assertThat(this.failed.contains(this.key)).isTrue();
	}

}
