package io.fdwork.internal.worker;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Examination}.
 */
class ExaminationTests {

	@Test
	void shouldLookAgainWhenAskedAgain() {
		AtomicReference<String> health = new AtomicReference<>("down".repeat(100));
		Examination examination = new Examination(health::get);
		assertThat(examination.down()).as("nobody has asked").isNull();
		examination.begin();
		Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> examination.down() != null);
		assertThat(examination.down()).hasSize(200);
		health.set(null);
		Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> {
			examination.begin();
			return examination.down() == null;
		});
	}

	@Test
	void shouldLookOnceAtATimeAndKeepNobodyWaiting() throws Exception {
		CountDownLatch slow = new CountDownLatch(1);
		AtomicInteger looks = new AtomicInteger();
		Examination examination = new Examination(() -> {
			looks.incrementAndGet();
			try {
				slow.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			return "down";
		});
		for (int i = 0; i < 10; i++) {
			examination.begin();
		}
		Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> looks.get() == 1);
		examination.begin();
		assertThat(examination.down()).isNull();
		slow.countDown();
		Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> "down".equals(examination.down()));
		assertThat(looks).hasValue(1);
	}

}
