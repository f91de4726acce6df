package io.fdwork.sample;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * An application that forgets a mebibyte with each request, on WebFlux or on MVC.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@RestController
public class LeakApplication {

	private static final Duration DELAY = Duration.ofMillis(100);

	private final List<byte[]> forgotten = new CopyOnWriteArrayList<>();

	/**
	 * Start the application.
	 * @param args Spring Boot's
	 */
	public static void main(String[] args) {
		SpringApplication.run(LeakApplication.class, args);
	}

	@GetMapping("/leak")
	Mono<String> leak() {
		this.forgotten.add(new byte[1024 * 1024]);
		return Mono.delay(DELAY).thenReturn(String.valueOf(ProcessHandle.current().pid()));
	}

}
