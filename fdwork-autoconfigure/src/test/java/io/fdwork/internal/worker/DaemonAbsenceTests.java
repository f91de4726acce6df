package io.fdwork.internal.worker;

import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DaemonAbsence}.
 */
@ExtendWith(OutputCaptureExtension.class)
class DaemonAbsenceTests {

	private static final String TOLD = "There has been no daemon in /run/app for ";

	private final DaemonAbsence absence = new DaemonAbsence(Path.of("/run/app"));

	private long now = System.nanoTime();

	@Test
	void shouldSayOnceThatClientsWaitWhenDaemonDoesNotComeBack(CapturedOutput output) {
		look(true, 1);
		this.now += DaemonAbsence.PATIENCE.toNanos() - 1;
		look(false, 1);
		assertThat(output).doesNotContain(TOLD);
		this.now++;
		look(false, 1);
		this.now += DaemonAbsence.PATIENCE.toNanos();
		look(false, 1);
		assertThat(output.getOut()).containsOnlyOnce(TOLD)
			.contains("30 s", "WARN", "who connects there waits", "Start it");
	}

	@Test
	void shouldSayThatWorkersAcceptWhenTheyDo(CapturedOutput output) {
		this.absence.look(true, 1, 1, this.now);
		this.now += DaemonAbsence.PATIENCE.toNanos();
		this.absence.look(false, 1, 1, this.now);
		assertThat(output).contains("accepts in its place").doesNotContain("who connects");
	}

	@Test
	void shouldSayItAgainWhenAnotherDaemonHasGone(CapturedOutput output) {
		for (int i = 0; i < 2; i++) {
			look(true, 0);
			this.now += Duration.ofMinutes(1).toNanos();
			look(false, 0);
		}
		assertThat(output.getOut().split(TOLD, -1)).hasSize(3);
		assertThat(output).contains("nobody can connect");
	}

	@Test
	void shouldSayNothingWhenThereWasNoDaemonYet(CapturedOutput output) {
		look(false, 0);
		this.now += Duration.ofHours(1).toNanos();
		look(false, 0);
		assertThat(output).doesNotContain(TOLD);
	}

	private void look(boolean registered, int listeners) {
		this.absence.look(registered, listeners, 0, this.now);
	}

}
