package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.ProxyConnectionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.jetty.JettyServerCustomizer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what Jetty alone knows of idle connections.
 */
@Timeout(180)
class JettyIdleReturnTests {

	@TempDir
	private Path temp;

	private HomeFixture home;

	@BeforeEach
	void startDaemon() throws IOException {
		this.home = new HomeFixture(WebServerType.JETTY, this.temp.resolve("d"), Attaching.class, Customizing.class);
	}

	@AfterEach
	void close() throws IOException {
		this.home.close();
	}

	@Test
	void shouldKeepConnectionThatHasSentHalfAnEmptyLine() throws Exception {
		ConfigurableApplicationContext worker = this.home.startWorker("20ms");
		HttpConnection client = this.home.connect();
		HomeFixture.assertAnswers(client);
		client.send("\r");
		HomeFixture.await().until(() -> HomeFixture.active(worker) == 1);
		this.home.assertStays(worker);
		client.send("\n" + HttpConnection.head("GET", "/text?size=3"));
		assertThat(client.read().text()).isEqualTo("xxx");
		HomeFixture.await().until(() -> this.home.idle().held() == 1);
	}

	@Test
	void shouldKeepConnectionThatApplicationHasAttachedSomethingTo() throws Exception {
		ConfigurableApplicationContext worker = this.home.startWorker("20ms");
		HttpConnection client = this.home.connect();
		assertThat(client.get("/attached").read().text()).isEqualTo("attached");
		this.home.assertStays(worker);
		assertSaysThatItEnds(worker, client);
	}

	@Test
	void shouldKeepConnectionBehindProxy() throws Exception {
		ConfigurableApplicationContext worker = this.home.startWorker("20ms", "--test.proxy=true");
		HttpConnection client = this.home.connect();
		client.send("PROXY TCP4 10.1.2.3 10.1.2.4 1234 80\r\n" + HttpConnection.head("GET", "/addresses"));
		assertThat(client.read().text()).startsWith("10.1.2.3 1234");
		this.home.assertStays(worker);
		assertSaysThatItEnds(worker, client);
	}

	private void assertSaysThatItEnds(ConfigurableApplicationContext worker, HttpConnection client) throws Exception {
		client.get("/later-gate");
		HomeFixture.await().until(() -> this.home.gate().requests() == 1);
		CompletableFuture<Void> stopped = HomeFixture.stop(worker);
		this.home.gate().open();
		assertThat(client.read().headers()).containsEntry("connection", "close");
		assertThat(client.isEnded()).isTrue();
		stopped.get(15, TimeUnit.SECONDS);
		assertThat(this.home.idle().returned()).isZero();
	}

	@Test
	void shouldFreePermitOfConnectionThatWaitsForTheEndOfItsClient() throws Exception {
		ConfigurableApplicationContext worker = this.home.startWorker("10m", "--fdwork.worker.concurrency=1");
		HttpConnection client = this.home.connect();
		assertThat(client.get("/text?size=1", "Connection: close").read().text()).isEqualTo("x");
		HomeFixture.assertAnswers(this.home.connect());
		assertThat(HomeFixture.active(worker)).isEqualTo(2);
	}

	@Test
	void shouldCloseConnectionThatJettyReadsNoMoreFrom() throws Exception {
		ConfigurableApplicationContext worker = this.home.startWorker("10m",
				"--server.jetty.connection-idle-timeout=10m");
		HttpConnection client = this.home.connect();
		client.send("GET /\u0001 WRONG\r\n\r\n");
		assertThat(client.readHead().status()).isEqualTo(400);
		// A client that leaves something unread would reset the connection
		assertThat(client.readAll()).isNotEmpty();
		client.send("more");
		client.close();
		HomeFixture.await().until(() -> HomeFixture.active(worker) == 0);
	}

	/**
	 * Attaches something to the connection.
	 */
	@RestController
	static class Attaching {

		@GetMapping("/attached")
		String attached() {
			org.eclipse.jetty.server.internal.HttpConnection.getCurrentConnection().setAttribute("test", "value");
			return "attached";
		}

	}

	/**
	 * Sets what Boot has no property for.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Customizing {

		@Bean
		JettyServerCustomizer customizer(Environment environment) {
			return (server) -> {
				if (environment.getProperty("test.proxy", Boolean.class, false)) {
					((AbstractConnector) server.getConnectors()[0])
						.addFirstConnectionFactory(new ProxyConnectionFactory());
				}
			};
		}

	}

}
