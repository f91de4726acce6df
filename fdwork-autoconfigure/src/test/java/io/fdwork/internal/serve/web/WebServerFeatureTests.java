package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import org.apache.coyote.AbstractProtocol;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.codec.multipart.FilePart;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RequestPart;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartFile;
import org.springframework.web.server.ResponseStatusException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests that what Boot sets up around the web server of an application is in a worker as
 * it is without fdwork. The latter, with the same tests, is the control.
 */
@ParameterizedClass(name = "{0}, worker = {1}")
@MethodSource("servers")
class WebServerFeatureTests {

	private static final String REACTOR_NETTY_ACCESS_LOG = "reactor.netty.http.server.AccessLog";

	private static final int MAX_FILE_SIZE = 10 * 1024;

	@TempDir
	private static Path temp;

	private static Path accessLogs;

	private static Served served;

	@Parameter(0)
	private WebServerType server;

	@Parameter(1)
	private boolean worker;

	static Stream<Arguments> servers() {
		return WebServerTests.servers();
	}

	@BeforeParameterizedClassInvocation
	static void start(WebServerType server, boolean worker) throws IOException {
		accessLogs = Files.createDirectory(temp.resolve("logs-" + server + worker));
		served = new Served(server, worker, temp.resolve("d-" + server + worker),
				List.of(server.isReactive() ? FluxFeatures.class : MvcFeatures.class),
				"--server.tomcat.accesslog.enabled=true", "--server.tomcat.accesslog.directory=" + accessLogs,
				"--server.tomcat.accesslog.buffered=false", "--server.jetty.accesslog.enabled=true",
				"--server.jetty.accesslog.filename=" + accessLogs.resolve("jetty.log"),
				"--server.forward-headers-strategy=native", "--spring.servlet.multipart.max-file-size=" + MAX_FILE_SIZE,
				"--spring.servlet.multipart.file-size-threshold=1KB",
				"--spring.webflux.multipart.max-disk-usage-per-part=" + MAX_FILE_SIZE,
				"--spring.webflux.multipart.max-in-memory-size=1KB", "--spring.reactor.context-propagation=auto",
				"--fdwork.worker.return-idle-after=20ms");
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		served.close();
	}

	@AfterAll
	static void resetReactor() {
		// It is set for the whole JVM
		Hooks.disableAutomaticContextPropagation();
	}

	@Test
	void shouldLogAccess() throws Exception {
		LoggedAccess logged = new LoggedAccess();
		try (HttpConnection client = connect()) {
			long before = returned();
			client.get("/text?size=7").read();
			if (this.worker && this.server == WebServerType.REACTOR_NETTY) {
				// What comes back with the next request is
				// another connection of the same client
				await().until(() -> returned() > before);
			}
			client.send(HttpConnection.head("POST", "/none", "Content-Length: 0")).read();
			await().untilAsserted(() -> assertThat(logged.lines())
				.anyMatch(
						(line) -> line.matches("127\\.0\\.0\\.1 - - \\[.+] \"GET /text\\?size=7 HTTP/1\\.1\" 200 7.*"))
				.anyMatch((line) -> line.matches("127\\.0\\.0\\.1 - - \\[.+] \"POST /none HTTP/1\\.1\" 404 .*")));
		}
		finally {
			logged.stop();
		}
	}

	private long returned() {
		return (this.worker) ? served.daemon()
			.getBean(Daemon.class)
			.snapshot()
			.idle()
			.stream()
			.mapToLong(DaemonSnapshot.IdleSnapshot::returned)
			.sum() : 0;
	}

	@Test
	void shouldTellAddressThatProxyForwards() throws Exception {
		try (HttpConnection client = connect()) {
			assertThat(
					client.get("/addresses", "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https").read().text())
				.startsWith("203.0.113.7 ")
				.endsWith(" https");
		}
	}

	@Test
	void shouldReceiveFilesAndFormFields() throws Exception {
		try (HttpConnection client = connect()) {
			// In memory, then on disk
			for (int size : new int[] { 10, MAX_FILE_SIZE }) {
				HttpConnection.Response response = upload(client, size);
				assertThat(response.status()).isEqualTo(200);
				assertThat(response.text()).isEqualTo("größe file.bin " + Bodies.sum(size));
			}
		}
	}

	@Test
	void shouldRefuseFilesThatAreTooLarge() throws Exception {
		try (HttpConnection client = connect()) {
			// What WebFlux makes of it is its own affair
			HttpStatus expected = (this.server.isReactive()) ? HttpStatus.INTERNAL_SERVER_ERROR
					: HttpStatus.CONTENT_TOO_LARGE;
			assertThat(upload(client, MAX_FILE_SIZE + 1).status()).isEqualTo(expected.value());
		}
		try (HttpConnection client = connect()) {
			assertThat(upload(client, 10).status()).isEqualTo(200);
		}
	}

	private static HttpConnection.Response upload(HttpConnection client, int size) throws IOException {
		byte[] head = ("""
				--limit\r
				Content-Disposition: form-data; name="field"\r
				Content-Type: text/plain;charset=UTF-8\r
				\r
				größe\r
				--limit\r
				Content-Disposition: form-data; name="file"; filename="file.bin"\r
				Content-Type: application/octet-stream\r
				\r
				""").getBytes(StandardCharsets.UTF_8);
		byte[] tail = "\r\n--limit--\r\n".getBytes(StandardCharsets.UTF_8);
		return client
			.send(HttpConnection.head("POST", "/upload", "Content-Type: multipart/form-data; boundary=limit",
					"Content-Length: " + (head.length + size + tail.length)))
			.send(head)
			.send(Bodies.piece(0, size))
			.send(tail)
			.read();
	}

	@Test
	void shouldMeasureRequestsByPatternAndStatus() throws Exception {
		try (HttpConnection client = connect()) {
			assertThat(client.get("/items/1").read().text()).isEqualTo("1");
			assertThat(client.get("/items/2").read().text()).isEqualTo("2");
			assertThat(client.get("/items/0").read().status()).isEqualTo(404);
		}
		await().untilAsserted(() -> {
			assertThat(countRequests("200", "SUCCESS")).isEqualTo(2);
			assertThat(countRequests("404", "CLIENT_ERROR")).isEqualTo(1);
		});
	}

	private static long countRequests(String status, String outcome) {
		Timer timer = meters().find("http.server.requests")
			.tags("uri", "/items/{id}", "method", "GET", "status", status, "outcome", outcome)
			.timer();
		return (timer != null) ? timer.count() : 0;
	}

	@Test
	void shouldMeasureWebServer() throws Exception {
		try (HttpConnection client = connect()) {
			String request = HttpConnection.head("GET", "/text?size=1");
			// Until the rest is there the connection stays where it is
			client.send(request.substring(0, 10));
			switch (this.server) {
				case REACTOR_NETTY -> await().until(() -> openConnections() == 1);
				case TOMCAT -> {
					assertThat(meters().find("tomcat.sessions.active.max").gauge()).isNotNull();
					WebServerApplicationContext context = (WebServerApplicationContext) served.plain();
					AbstractProtocol<?> protocol = (AbstractProtocol<?>) ((TomcatWebServer) context.getWebServer())
						.getTomcat()
						.getConnector()
						.getProtocolHandler();
					// What its other meters show, if its MBeans are enabled. An
					// acceptor counts the connection that it waits for
					await().until(() -> protocol.getConnectionCount() == ((this.worker) ? 1 : 2));
					assertThat(protocol.getMaxConnections()).isEqualTo(8192);
				}
				case JETTY -> {
					assertThat(meters().get("jetty.threads.config.max").gauge().value()).isEqualTo(200);
					await().until(() -> meters().get("jetty.connections.current").gauge().value() == 1);
				}
			}
			assertThat(client.send(request.substring(10)).read().status()).isEqualTo(200);
		}
		if (this.server == WebServerType.REACTOR_NETTY) {
			// Closed, or gone home before
			await().until(() -> openConnections() == 0);
		}
	}

	/**
	 * As Reactor Netty counts them, which has one set of meters in a JVM.
	 */
	private static double openConnections() {
		return meters().get("reactor.netty.http.server.connections.total")
			.gauges()
			.stream()
			.mapToDouble(Gauge::value)
			.sum();
	}

	private static MeterRegistry meters() {
		return served.plain().getBean(MeterRegistry.class);
	}

	@Test
	void shouldContinueTraceOfClient() throws Exception {
		try (HttpConnection client = connect()) {
			for (String trace : List.of("4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4737")) {
				assertThat(client.get("/trace", "traceparent: 00-" + trace + "-00f067aa0ba902b7-01").read().text())
					.isEqualTo(trace + " 00f067aa0ba902b7");
			}
		}
	}

	private static HttpConnection connect() throws IOException {
		return new HttpConnection(served.plainPort());
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(20, TimeUnit.SECONDS).pollInterval(Duration.ofMillis(20));
	}

	private static String describe(Tracer tracer) {
		Span span = Objects.requireNonNull(tracer.currentSpan());
		return span.context().traceId() + " " + span.context().parentId();
	}

	private static String item(int id) {
		if (id == 0) {
			throw new ResponseStatusException(HttpStatus.NOT_FOUND);
		}
		return Integer.toString(id);
	}

	/**
	 * What is in the access log of any server.
	 */
	private static final class LoggedAccess extends AppenderBase<ILoggingEvent> {

		private final List<String> events = new ArrayList<>();

		LoggedAccess() {
			setContext(logger().getLoggerContext());
			start();
			logger().addAppender(this);
		}

		private static Logger logger() {
			return (Logger) LoggerFactory.getLogger(REACTOR_NETTY_ACCESS_LOG);
		}

		@Override
		protected synchronized void append(ILoggingEvent event) {
			this.events.add(event.getFormattedMessage());
		}

		@Override
		public void stop() {
			logger().detachAppender(this);
			super.stop();
		}

		synchronized List<String> lines() throws IOException {
			List<String> lines = new ArrayList<>(this.events);
			try (Stream<Path> files = Files.list(accessLogs)) {
				for (Path file : files.toList()) {
					lines.addAll(Files.readAllLines(file));
				}
			}
			return lines;
		}

	}

	/**
	 * More of the application on WebFlux.
	 */
	@RestController
	static class FluxFeatures {

		private final Tracer tracer;

		FluxFeatures(Tracer tracer) {
			this.tracer = tracer;
		}

		@Bean
		static NettyServerCustomizer observing() {
			return (server) -> server.accessLog(true).metrics(true, Function.identity());
		}

		@PostMapping("/upload")
		Mono<String> upload(@RequestPart FilePart file, @RequestPart String field) {
			return DataBufferUtils.join(file.content()).map((buffer) -> {
				byte[] bytes = new byte[buffer.readableByteCount()];
				buffer.read(bytes);
				DataBufferUtils.release(buffer);
				return field + " " + file.filename() + " " + Bodies.sum(bytes);
			});
		}

		@GetMapping("/items/{id}")
		String item(@PathVariable int id) {
			return WebServerFeatureTests.item(id);
		}

		@GetMapping("/trace")
		Mono<String> trace() {
			// On another thread than that of the request
			return Mono.delay(Duration.ofMillis(1)).map((elapsed) -> describe(this.tracer));
		}

	}

	/**
	 * More of the application on Spring MVC.
	 */
	@RestController
	static class MvcFeatures {

		private final Tracer tracer;

		MvcFeatures(Tracer tracer) {
			this.tracer = tracer;
		}

		@PostMapping("/upload")
		String upload(@RequestPart MultipartFile file, @RequestParam String field) {
			try {
				return field + " " + file.getOriginalFilename() + " " + Bodies.sum(file.getBytes());
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		@GetMapping("/items/{id}")
		String item(@PathVariable int id) {
			return WebServerFeatureTests.item(id);
		}

		@GetMapping("/trace")
		String trace() {
			return describe(this.tracer);
		}

	}

}
