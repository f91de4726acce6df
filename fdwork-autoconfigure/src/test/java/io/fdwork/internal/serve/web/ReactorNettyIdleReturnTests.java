package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.server.HttpServer;

import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what Reactor Netty alone knows of idle connections.
 */
@Timeout(180)
class ReactorNettyIdleReturnTests {

	@TempDir
	private Path temp;

	private HomeFixture home;

	@BeforeEach
	void startDaemon() throws IOException {
		this.home = new HomeFixture(WebServerType.REACTOR_NETTY, this.temp.resolve("d"), Options.class,
				Customizing.class);
	}

	@AfterEach
	void close() throws IOException {
		this.home.close();
	}

	@Test
	void shouldSayGoodbyeToWebSocketThatBreaksTheProtocol() throws Exception {
		this.home.startWorker("20ms");
		HttpConnection client = this.home.connect();
		client.get("/ws", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
				"Sec-WebSocket-Version: 13");
		assertThat(client.readHead().status()).isEqualTo(101);
		// Not masked
		client.send(new byte[] { (byte) 0x81, 5, 'h', 'e', 'l', 'l', 'o' });
		byte[] goodbye = client.readAll();
		assertThat(goodbye).startsWith(0x88, goodbye.length - 2, 0x03, 0xea);
	}

	@Test
	void shouldCountRequestsOfConnectionThatCouldNotGoHome() throws Exception {
		this.home.startWorker("0", "--server.netty.max-keep-alive-requests=2");
		HttpConnection client = this.home.connect();
		HomeFixture.assertAnswers(client);
		assertThat(client.get("/text?size=3").read().headers()).containsEntry("connection", "close");
		assertThat(client.isEnded()).isTrue();
	}

	@Test
	void shouldSetOptionsOfSocketsThatStayOnTheWayHome() throws Exception {
		ConfigurableApplicationContext worker = this.home.startWorker("20ms", "--test.keep-idle=10");
		HttpConnection client = this.home.connect();
		assertThat(client.get("/options").read().text()).isEqualTo("true 10");
		await().until(() -> this.home.idle().held() == 1);
		worker.close();
		this.home.startWorker("20ms");
		assertThat(client.get("/options").read().text()).isEqualTo("true 10");
		assertThat(this.home.connect().get("/options").read().text()).startsWith("false");
	}

	@ParameterizedTest
	@ValueSource(strings = { "--server.http2.enabled=true", "--test.wiretap=true" })
	void shouldKeepConnectionWhenSomethingComesBeforeCodec(String argument) throws Exception {
		ConfigurableApplicationContext worker = this.home.startWorker("20ms", argument);
		HttpConnection client = this.home.connect();
		HomeFixture.assertAnswers(client);
		this.home.assertStays(worker);
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(worker::close);
		assertThat(client.isEnded()).isTrue();
		stopped.get(15, TimeUnit.SECONDS);
		assertThat(this.home.idle().returned()).isZero();
	}

	@Test
	void shouldKeepConnectionWhileThereIsNoDaemon() throws Exception {
		ConfigurableApplicationContext worker = this.home.startWorker("20ms");
		HttpConnection idle = this.home.connect();
		HttpConnection client = this.home.connect();
		HomeFixture.assertAnswers(idle);
		HomeFixture.assertAnswers(client);
		await().until(() -> this.home.idle().held() == 2);
		this.home.stopDaemon();
		// The daemon has put them before it ended
		await().until(() -> HomeFixture.active(worker) == 2);
		await().pollInterval(Duration.ofMillis(50)).during(Duration.ofMillis(200)).until(() -> {
			HomeFixture.assertAnswers(client);
			return true;
		});
		client.get("/later-gate");
		await().until(() -> this.home.gate().requests() == 1);
		CompletableFuture<Void> stopped = HomeFixture.stop(worker);
		this.home.gate().open();
		HttpConnection.Response last = client.read();
		assertThat(last.text()).isEqualTo("gate");
		assertThat(last.headers()).containsEntry("connection", "close");
		assertThat(client.isEnded()).isTrue();
		assertThat(idle.isEnded()).as("closed, as it cannot go home").isTrue();
		stopped.get(15, TimeUnit.SECONDS);
	}

	@Test
	void shouldHaveLimitsOfApplication() throws Exception {
		this.home.startWorker("20ms", "--server.max-http-request-header-size=500B",
				"--server.netty.max-initial-line-length=100B");
		HttpConnection client = this.home.connect();
		assertThat(client.get("/text?size=1", "X-Long: " + "x".repeat(400)).read().status()).isEqualTo(200);
		assertThat(client.get("/text?size=1", "X-Long: " + "x".repeat(500)).read().status()).isIn(413, 431);
		assertThat(this.home.connect().get("/text?size=1&x=" + "x".repeat(100)).read().status()).isEqualTo(414);
	}

	private static ConditionFactory await() {
		return HomeFixture.await();
	}

	/**
	 * Tells the options of its socket.
	 */
	@RestController
	static class Options {

		@GetMapping("/options")
		String options(ServerHttpRequest request) {
			ChannelOperations<?, ?> operations = ServerHttpRequestDecorator.getNativeRequest(request);
			ChannelConfig options = operations.channel().config();
			return options.getOption(ChannelOption.SO_KEEPALIVE) + " "
					+ options.getOption(EpollChannelOption.TCP_KEEPIDLE);
		}

	}

	/**
	 * Sets what Boot has no property for.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Customizing {

		@Bean
		NettyServerCustomizer customizer(Environment environment) {
			return (server) -> {
				HttpServer wiretapping = server.wiretap(environment.getProperty("test.wiretap", Boolean.class, false));
				Integer keepIdle = environment.getProperty("test.keep-idle", Integer.class);
				return (keepIdle != null) ? wiretapping.childOption(ChannelOption.SO_KEEPALIVE, true)
					.childOption(EpollChannelOption.TCP_KEEPIDLE, keepIdle) : wiretapping;
			};
		}

	}

}
