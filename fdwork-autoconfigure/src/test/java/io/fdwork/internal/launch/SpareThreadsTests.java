package io.fdwork.internal.launch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SpareThreads}.
 */
class SpareThreadsTests {

	private final List<Thread> threads = new ArrayList<>();

	@Test
	void shouldLeaveNoThread() {
		SpareThreads.require(this::create);
		assertThat(this.threads).hasSize(3).noneMatch(Thread::isAlive);
		SpareThreads.require();
	}

	@Test
	void shouldFailAndLeaveNoThreadWhenOneIsNotAllowed() {
		ThreadFactory factory = (task) -> (this.threads.size() < 2) ? create(task) : new Thread(task) {

			@Override
			public void start() {
				assertThat(SpareThreadsTests.this.threads).as("at the same time").allMatch(Thread::isAlive);
				throw new OutOfMemoryError("unable to create native thread: possibly out of memory");
			}

		};
		assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> SpareThreads.require(factory));
		assertThat(this.threads).hasSize(2).noneMatch(Thread::isAlive);
	}

	private Thread create(Runnable task) {
		Thread thread = new Thread(task);
		this.threads.add(thread);
		return thread;
	}

}
