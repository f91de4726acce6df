package io.fdwork.sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * A worker that serves with WebFlux on Reactor Netty.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@RestController
public class FluxApplication {

	/**
	 * Start the application.
	 * @param args Spring Boot's
	 */
	public static void main(String[] args) {
		SpringApplication.run(FluxApplication.class, args);
	}

	@GetMapping("/pid")
	String pid() {
		return String.valueOf(ProcessHandle.current().pid());
	}

}
