package io.fdwork.internal.serve.web;

import java.time.Duration;
import java.util.Map;
import java.util.zip.CRC32;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.reactive.socket.server.WebSocketService;
import org.springframework.web.reactive.socket.server.support.HandshakeWebSocketService;
import org.springframework.web.reactive.socket.server.upgrade.ReactorNettyRequestUpgradeStrategy;

/**
 * An application on WebFlux that knows nothing of fdwork.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@RestController
class FluxApplication implements WebFluxConfigurer {

	@GetMapping("/addresses")
	String addresses(ServerHttpRequest request) {
		return request.getRemoteAddress().getAddress().getHostAddress() + " " + request.getRemoteAddress().getPort()
				+ " " + request.getLocalAddress().getAddress().getHostAddress() + " "
				+ request.getLocalAddress().getPort() + " " + request.getURI().getScheme();
	}

	@GetMapping(path = "/bytes", produces = MediaType.APPLICATION_OCTET_STREAM_VALUE)
	ResponseEntity<Flux<DataBuffer>> bytes(@RequestParam int size) {
		Flux<DataBuffer> body = Flux.range(0, (size + Bodies.PIECE - 1) / Bodies.PIECE)
			.map((piece) -> DefaultDataBufferFactory.sharedInstance.wrap(Bodies.piece(piece, size)));
		return ResponseEntity.ok().contentLength(size).body(body);
	}

	@GetMapping(path = "/text", produces = MediaType.TEXT_PLAIN_VALUE)
	String text(@RequestParam int size) {
		return "x".repeat(size);
	}

	@PostMapping("/sum")
	Mono<String> sum(ServerHttpRequest request) {
		CRC32 sum = new CRC32();
		return request.getBody().map((buffer) -> {
			byte[] bytes = new byte[buffer.readableByteCount()];
			buffer.read(bytes);
			DataBufferUtils.release(buffer);
			sum.update(bytes);
			return bytes.length;
		}).then(Mono.fromSupplier(() -> Long.toHexString(sum.getValue())));
	}

	@PostMapping(path = "/json", consumes = MediaType.APPLICATION_JSON_VALUE)
	Mono<String> json(@RequestBody Mono<String> json) {
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
	Mono<String> slow(@RequestParam int millis) {
		SlowRequests.begin();
		return Mono.delay(Duration.ofMillis(millis)).thenReturn("slow");
	}

	@GetMapping("/events")
	Flux<ServerSentEvent<String>> events() {
		return Flux.interval(Duration.ofMillis(50))
			.onBackpressureBuffer()
			.take(3)
			.map((number) -> ServerSentEvent.builder("event " + number).build());
	}

	@Bean
	HandlerMapping socketMapping() {
		WebSocketHandler echo = (session) -> session.send(session.receive()
			.map((message) -> (message.getType() == WebSocketMessage.Type.TEXT)
					? session.textMessage(message.getPayloadAsText())
					: session.binaryMessage((factory) -> message.retain().getPayload())));
		return new SimpleUrlHandlerMapping(Map.of("/ws", echo), -1);
	}

	@Override
	public WebSocketService getWebSocketService() {
		return new HandshakeWebSocketService(new ReactorNettyRequestUpgradeStrategy());
	}

}
