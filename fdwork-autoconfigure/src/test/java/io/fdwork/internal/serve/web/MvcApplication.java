package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32;

import jakarta.servlet.http.HttpServletRequest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.handler.AbstractWebSocketHandler;
import org.springframework.web.socket.server.standard.StandardWebSocketUpgradeStrategy;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;

/**
 * An application on Spring MVC that knows nothing of fdwork.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableWebSocket
@RestController
class MvcApplication {

	@GetMapping("/addresses")
	String addresses(HttpServletRequest request) {
		return request.getRemoteAddr() + " " + request.getRemotePort() + " " + request.getLocalAddr() + " "
				+ request.getLocalPort() + " " + request.getScheme();
	}

	@GetMapping(path = "/bytes", produces = MediaType.APPLICATION_OCTET_STREAM_VALUE)
	ResponseEntity<StreamingResponseBody> bytes(@RequestParam int size) {
		return ResponseEntity.ok().contentLength(size).body((out) -> {
			for (int index = 0; index * Bodies.PIECE < size; index++) {
				out.write(Bodies.piece(index, size));
			}
		});
	}

	@GetMapping(path = "/text", produces = MediaType.TEXT_PLAIN_VALUE)
	String text(@RequestParam int size) {
		return "x".repeat(size);
	}

	@PostMapping("/sum")
	String sum(HttpServletRequest request) throws IOException {
		CRC32 sum = new CRC32();
		byte[] buffer = new byte[Bodies.PIECE];
		InputStream in = request.getInputStream();
		for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
			sum.update(buffer, 0, count);
		}
		return Long.toHexString(sum.getValue());
	}

	@PostMapping(path = "/json", consumes = MediaType.APPLICATION_JSON_VALUE)
	String json(@RequestBody String json) {
		return json;
	}

	@PostMapping("/echo")
	ResponseEntity<byte[]> echo(
			@RequestHeader(name = HttpHeaders.CONTENT_TYPE,
					defaultValue = MediaType.APPLICATION_OCTET_STREAM_VALUE) MediaType type,
			@RequestBody(required = false) byte[] body) {
		return ResponseEntity.ok().contentType(type).body((body != null) ? body : new byte[0]);
	}

	@PostMapping("/later")
	Mono<ResponseEntity<byte[]>> later(
			@RequestHeader(name = HttpHeaders.CONTENT_TYPE,
					defaultValue = MediaType.APPLICATION_OCTET_STREAM_VALUE) MediaType type,
			@RequestBody(required = false) byte[] body) {
		return Mono.delay(Duration.ofMillis(1)).thenReturn(echo(type, body));
	}

	@GetMapping("/slow")
	String slow(@RequestParam int millis) {
		SlowRequests.begin();
		long end = System.nanoTime() + Duration.ofMillis(millis).toNanos();
		while (System.nanoTime() < end) {
			LockSupport.parkNanos(end - System.nanoTime());
		}
		return "slow";
	}

	@GetMapping("/events")
	Flux<ServerSentEvent<String>> events() {
		return Flux.interval(Duration.ofMillis(50))
			.onBackpressureBuffer()
			.take(3)
			.map((number) -> ServerSentEvent.builder("event " + number).build());
	}

	@Bean
	WebSocketConfigurer socketConfigurer() {
		return (registry) -> registry.addHandler(new AbstractWebSocketHandler() {

			@Override
			protected void handleTextMessage(WebSocketSession session, TextMessage message) throws IOException {
				session.sendMessage(message);
			}

			@Override
			protected void handleBinaryMessage(WebSocketSession session, BinaryMessage message) throws IOException {
				session.sendMessage(message);
			}

		}, "/ws").setHandshakeHandler(new DefaultHandshakeHandler(new StandardWebSocketUpgradeStrategy()));
	}

}
