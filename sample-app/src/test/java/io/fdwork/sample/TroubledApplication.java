package io.fdwork.sample;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.fdwork.WorkRequest;
import io.fdwork.autoconfigure.ConditionalOnRole;
import io.fdwork.autoconfigure.Role;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.integration.FdworkChannels;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.ResponseEntity;
import org.springframework.integration.config.GlobalChannelInterceptor;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.ChannelInterceptor;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * An application that gets into trouble when it is asked to, on WebFlux or on MVC. Its
 * daemon drops what comes from {@value #DROPPED}.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@RestController
public class TroubledApplication {

	/**
	 * Whom the daemon does not serve.
	 */
	static final String DROPPED = "127.0.0.9";

	private static final int PIECE = 64 * 1024;

	private static final double FULL = 0.97;

	private final List<byte[]> held = new CopyOnWriteArrayList<>();

	/**
	 * Start the application.
	 * @param args Spring Boot's
	 */
	public static void main(String[] args) {
		SpringApplication.run(TroubledApplication.class, args);
	}

	@GetMapping("/")
	Mono<String> greeting() {
		return Mono.delay(Duration.ofMillis(20)).thenReturn("Hello");
	}

	@GetMapping("/fail")
	Mono<ResponseEntity<String>> fail() {
		return Mono.delay(Duration.ofMillis(20)).thenReturn(ResponseEntity.internalServerError().body("Failed"));
	}

	/**
	 * Forget two descriptors, and let somebody notice those that were forgotten before.
	 */
	@GetMapping("/forget")
	String forget() throws IOException {
		Descriptor.pipe();
		System.gc();
		return "Forgotten";
	}

	@GetMapping("/shout")
	String shout() {
		for (int i = 0; i < 1000; i++) {
			System.out.println("x".repeat(500));
		}
		return "Shouted";
	}

	/**
	 * Fill the heap, so that little is left for the rest.
	 */
	@GetMapping("/fill")
	String fill() {
		Runtime runtime = Runtime.getRuntime();
		System.gc();
		while (runtime.totalMemory() - runtime.freeMemory() < FULL * runtime.maxMemory()) {
			this.held.add(new byte[PIECE]);
		}
		return "Filled";
	}

	/**
	 * What the daemon does.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnRole(Role.DAEMON)
	static class Dropping {

		@Bean
		@GlobalChannelInterceptor(patterns = FdworkChannels.PUT)
		ChannelInterceptor dropping() {
			return new ChannelInterceptor() {

				@Override
				public @Nullable Message<?> preSend(Message<?> message, MessageChannel channel) {
					InetSocketAddress client = ((WorkRequest) message.getPayload()).remoteAddress();
					return (client != null && client.getAddress().getHostAddress().equals(DROPPED)) ? null : message;
				}

			};
		}

	}

}
