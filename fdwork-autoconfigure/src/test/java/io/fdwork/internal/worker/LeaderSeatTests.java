package io.fdwork.internal.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link LeaderSeat}, in one JVM; what the kernel does between processes, and
 * when one ends, is seen in an integration test.
 */
class LeaderSeatTests {

	@TempDir
	Path directory;

	private LeaderSeat seat;

	private LeaderSeat other;

	@AfterEach
	void leave() throws IOException {
		if (this.seat != null) {
			this.seat.leave();
		}
		if (this.other != null) {
			this.other.leave();
		}
	}

	@Test
	void shouldBeTakenByOneAtATime() throws IOException {
		create();
		assertThat(this.seat.take()).isTrue();
		assertThat(this.seat.isValid()).isTrue();
		assertThat(this.other.take()).isFalse();
		assertThat(this.other.take()).isFalse();
		this.seat.leave();
		assertThat(this.seat.isValid()).isFalse();
		assertThat(this.other.take()).isTrue();
	}

	@Test
	void shouldBeOfOwnerAlone() throws IOException {
		create();
		this.seat.take();
		assertThat(
				PosixFilePermissions.toString(Files.getPosixFilePermissions(this.directory.resolve(LeaderSeat.FILE))))
			.isEqualTo("rw-------");
	}

	@Test
	void shouldKeepNobodyOutWhenFileIsReplaced() throws IOException {
		create();
		assertThat(this.seat.take()).isTrue();
		Files.delete(this.directory.resolve(LeaderSeat.FILE));
		assertThat(this.seat.isValid()).isFalse();
		assertThat(this.other.take()).isTrue();
		assertThat(this.seat.take()).as("that of all others").isFalse();
		assertThat(this.other.isValid()).isTrue();
	}

	@Test
	void shouldTakeTheFileThatIsThereAfterOneThatWasReplaced() throws IOException {
		create();
		assertThat(this.seat.take()).isTrue();
		assertThat(this.other.take()).isFalse();
		Files.delete(this.directory.resolve(LeaderSeat.FILE));
		assertThat(this.other.take()).isTrue();
	}

	@Test
	void shouldWaitForDirectory() throws IOException {
		this.seat = new LeaderSeat(this.directory.resolve("later"));
		assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(this.seat::take);
		Files.createDirectory(this.directory.resolve("later"));
		assertThat(this.seat.take()).isTrue();
	}

	private void create() {
		this.seat = new LeaderSeat(this.directory);
		this.other = new LeaderSeat(this.directory);
	}

}
