package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.fdwork.WorkHandler;
import io.fdwork.autoconfigure.ConditionalOnRole;
import io.fdwork.autoconfigure.Role;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * An application that asks its backend when it starts, in a bean and in a runner. The
 * backend is away while there is a file of that name; the files say who of them finds it
 * out, which takes a runner as many milliseconds as its file says.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class BackendApplication {

	static final String AWAY_FOR_BEANS = "away-for-beans";

	static final String AWAY_FOR_RUNNERS = "away-for-runners";

	static final String SLOW_DAEMON = "slow-daemon";

	/**
	 * Start the application.
	 * @param args Spring Boot's
	 */
	public static void main(String[] args) {
		SpringApplication.run(BackendApplication.class, args);
	}

	@Bean
	WorkHandler handler(@Value("${test.directory}") Path directory, @Value("${fdwork.role}") String role,
			ApplicationEventPublisher events) {
		if (role.equals("worker") && Files.exists(directory.resolve(AWAY_FOR_BEANS))) {
			throw new IllegalArgumentException("No handler", new IllegalStateException("The database is away"));
		}
		return (work) -> HandlerApplication.handle(work, events);
	}

	/**
	 * Wait as for an answer that does not come.
	 */
	private static void await(Path file) throws IOException, InterruptedException {
		Duration timeout = Duration.ofMillis(Long.parseLong(Files.readString(file)));
		new CountDownLatch(1).await(timeout.toMillis(), TimeUnit.MILLISECONDS);
	}

	/**
	 * In both roles.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnRole({ Role.DAEMON, Role.WORKER })
	static class Check {

		@Bean
		ApplicationRunner backendCheck(@Value("${test.directory}") Path directory,
				@Value("${fdwork.role}") String role) {
			return (arguments) -> {
				Path file = directory.resolve((role.equals("worker")) ? AWAY_FOR_RUNNERS : SLOW_DAEMON);
				if (Files.exists(file)) {
					await(file);
					throw new IllegalStateException("The backend does not answer");
				}
			};
		}

	}

}
