package io.fdwork.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.fdwork.WorkHandler;
import io.fdwork.autoconfigure.ConditionalOnRole;
import io.fdwork.autoconfigure.Role;
import io.fdwork.integration.event.WorkerJoinedEvent;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * An application whose daemon starts a process that outlives it when a worker
 * {@code parent} joins, with its pid in the file {@code test.child}, and fills its heap
 * when a worker {@code filler} does.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class LifeApplication {

	/**
	 * Start the application.
	 * @param args Spring Boot's
	 */
	public static void main(String[] args) {
		SpringApplication.run(LifeApplication.class, args);
	}

	@Bean
	WorkHandler handler(ApplicationEventPublisher events) {
		return (work) -> HandlerApplication.handle(work, events);
	}

	/**
	 * What is for the daemon.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnRole(Role.DAEMON)
	static class OfDaemon {

		@Bean
		ApplicationListener<WorkerJoinedEvent> joined(@Value("${test.child}") Path child) {
			return (event) -> {
				switch (event.getWorker().name()) {
					case "parent" -> startChild(child);
					case "filler" -> fillHeap();
					default -> {
					}
				}
			};
		}

		private static void startChild(Path child) {
			try {
				long pid = new ProcessBuilder("sleep", "600").start().pid();
				Path written = child.resolveSibling("child.written");
				Files.writeString(written, String.valueOf(pid), StandardCharsets.US_ASCII);
				Files.move(written, child);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		private static void fillHeap() {
			List<byte[]> filling = new ArrayList<>();
			while (filling.size() >= 0) {
				filling.add(new byte[1024 * 1024]);
			}
		}

	}

}
