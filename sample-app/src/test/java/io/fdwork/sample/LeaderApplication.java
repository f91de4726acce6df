package io.fdwork.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.fdwork.WorkHandler;
import io.fdwork.worker.LeaderOnly;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * A worker with a job that only the leader does: it writes its pid to the file
 * {@code jobs} in {@code test.jobs}, and {@code twice} if another process does so at the
 * same time.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableScheduling
public class LeaderApplication {

	/**
	 * Start the application.
	 * @param args Spring Boot's
	 */
	public static void main(String[] args) {
		SpringApplication.run(LeaderApplication.class, args);
	}

	@Bean
	WorkHandler handler(ApplicationEventPublisher events) {
		return (work) -> HandlerApplication.handle(work, events);
	}

	@Bean
	Job job(@Value("${test.jobs}") Path directory) {
		return new Job(directory);
	}

	static class Job {

		private final Path directory;

		Job(Path directory) {
			this.directory = directory;
		}

		// Almost without a break, so that another one would not fit in between
		@LeaderOnly
		@Scheduled(fixedDelay = 1)
		public void run() {
			// Ends with the process, too
			try (FileChannel lock = FileChannel.open(this.directory.resolve("lock"), StandardOpenOption.CREATE,
					StandardOpenOption.WRITE)) {
				boolean alone = lock.tryLock() != null;
				Files.writeString(this.directory.resolve("jobs"),
						ProcessHandle.current().pid() + ((alone) ? "\n" : " twice\n"), StandardCharsets.US_ASCII,
						StandardOpenOption.CREATE, StandardOpenOption.APPEND);
				hold();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		private void hold() {
			try {
				// Nobody counts down: it takes as long as a job does
				new CountDownLatch(1).await(20, TimeUnit.MILLISECONDS);
			}
			catch (InterruptedException ex) {
				// The application ends
				Thread.currentThread().interrupt();
			}
		}

	}

}
