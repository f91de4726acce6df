package io.fdwork.sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;

/**
 * An application that tells its clients who they are, and which process it is.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class ClientsApplication {

	/**
	 * Start the application.
	 * @param args Spring Boot's
	 */
	public static void main(String[] args) {
		SpringApplication.run(ClientsApplication.class, args);
	}

	@Bean
	RouterFunction<ServerResponse> client() {
		return RouterFunctions.route()
			.GET("/client",
					(request) -> ServerResponse.ok()
						.bodyValue(request.remoteAddress().orElseThrow().getAddress().getHostAddress() + " "
								+ ProcessHandle.current().pid()))
			.build();
	}

}
