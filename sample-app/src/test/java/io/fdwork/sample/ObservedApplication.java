package io.fdwork.sample;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;

/**
 * An application that logs what is observed in it.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class ObservedApplication {

	private static final Logger logger = LoggerFactory.getLogger(ObservedApplication.class);

	/**
	 * Start the application.
	 * @param args Spring Boot's
	 */
	public static void main(String[] args) {
		SpringApplication.run(ObservedApplication.class, args);
	}

	@Bean
	RouterFunction<ServerResponse> greeting() {
		return RouterFunctions.route().GET("/", (request) -> ServerResponse.ok().bodyValue("Hello")).build();
	}

	@Bean
	ObservationHandler<Observation.Context> logging() {
		return new ObservationHandler<>() {

			@Override
			public void onStop(Observation.Context context) {
				logger.info("Observed {} {}", context.getName(), context.getAllKeyValues());
			}

			@Override
			public boolean supportsContext(Observation.Context context) {
				return true;
			}

		};
	}

}
