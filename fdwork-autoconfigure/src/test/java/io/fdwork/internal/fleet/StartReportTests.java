package io.fdwork.internal.fleet;

import java.util.concurrent.TimeUnit;

import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.WorkerExit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StartReport}.
 */
@ExtendWith(OutputCaptureExtension.class)
class StartReportTests {

	@Test
	void shouldSayOnceWhenAllAreReadyForTheFirstTime(CapturedOutput output) {
		FleetNews news = new FleetNews(new FleetObserver() {

			@Override
			public void exited(WorkerExit exit) {
			}

			@Override
			public void changed(FleetSnapshot snapshot) {
			}

			@Override
			public void refreshed(FleetSnapshot.Refresh refresh) {
			}

		});
		news.start();
		StartReport report = new StartReport(news);
		report.note(0, 0, 0);
		report.note(1, 2, TimeUnit.SECONDS.toNanos(20));
		report.note(2, 2, TimeUnit.SECONDS.toNanos(41));
		report.note(1, 2, TimeUnit.SECONDS.toNanos(42));
		report.note(2, 2, TimeUnit.SECONDS.toNanos(43));
		news.close();
		assertThat(output).containsOnlyOnce("workers ready").contains("2 of 2 workers ready after 41 s");
	}

}
