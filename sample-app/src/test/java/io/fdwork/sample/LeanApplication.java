package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import io.fdwork.WorkHandler;
import io.fdwork.autoconfigure.ConditionalOnRole;
import io.fdwork.autoconfigure.Role;
import io.fdwork.integration.event.WorkerJoinedEvent;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * An application that writes into {@code test.directory} which process has created its
 * beans, and run its runner.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class LeanApplication {

	/**
	 * Start the application.
	 * @param args Spring Boot's
	 */
	public static void main(String[] args) {
		SpringApplication.run(LeanApplication.class, args);
	}

	@Bean
	WorkHandler handler(@Value("${test.directory}") Path directory, ApplicationEventPublisher events)
			throws IOException {
		note(directory, "created-");
		return (work) -> HandlerApplication.handle(work, events);
	}

	@Bean
	ApplicationRunner runner(@Value("${test.directory}") Path directory) {
		return (arguments) -> note(directory, "run-");
	}

	private static void note(Path directory, String what) throws IOException {
		Files.createFile(directory.resolve(what + ProcessHandle.current().pid()));
	}

	/**
	 * What is for the daemon.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnRole(Role.DAEMON)
	static class InDaemon {

		@Bean
		ApplicationListener<WorkerJoinedEvent> joinedListener() {
			return (event) -> System.out.println("marked: " + event.getWorker().pid() + " joined");
		}

	}

}
