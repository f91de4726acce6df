package io.fdwork.autoconfigure;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;

import io.fdwork.WorkHandler;
import io.fdwork.integration.FdworkChannels;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.serve.ConnectionServer;
import io.fdwork.internal.serve.reactor.PortlessNettyWebServerFactory;
import io.fdwork.worker.ServingMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.reactive.ReactiveWebServerFactory;
import org.springframework.boot.web.server.reactive.context.AnnotationConfigReactiveWebServerApplicationContext;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.integration.endpoint.EventDrivenConsumer;
import org.springframework.messaging.SubscribableChannel;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link FdworkReactorNettyAutoConfiguration}.
 */
class FdworkReactorNettyAutoConfigurationTests {

	private static final HttpHandler HANDLER = (request, response) -> response.setComplete();

	@TempDir
	private Path temp;

	@Test
	void shouldBindNothingForWebServerWhenRoleIsDaemon() throws Exception {
		int port;
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
			port = socket.getLocalPort();
		}
		server().withPropertyValues("fdwork.role=daemon", "server.address=127.0.0.1", "server.port=" + port)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBeanNamesForType(ReactiveWebServerFactory.class))
					.containsExactly("fdworkPortlessNettyWebServerFactory");
				assertThat(webServer(context.getSourceApplicationContext()).getPort()).isEqualTo(port);
				assertThat(context.getBean(Daemon.class).addresses()).singleElement()
					.satisfies((address) -> assertThat(address.getPort()).isEqualTo(port));
			});
	}

	@Test
	void shouldBindNothingForWebServerWhenRoleIsWorker() {
		server().withBean(WorkHandler.class, () -> (work) -> {
		}).withPropertyValues("fdwork.role=worker").run((context) -> {
			assertThat(context).hasNotFailed()
				.hasSingleBean(PortlessNettyWebServerFactory.class)
				.doesNotHaveBean(ConnectionServer.class);
			assertThat(webServer(context.getSourceApplicationContext()).getPort()).isEqualTo(8080);
		});
	}

	@Test
	void shouldServeWithWebServerWhenWorkerHasNoHandler() {
		server().withPropertyValues("fdwork.role=worker", "server.port=0").run((context) -> {
			assertThat(context).hasNotFailed().hasSingleBean(ConnectionServer.class);
			assertThat(context.getBean(ServingMode.class)).isEqualTo(ServingMode.EVENT_LOOPS);
			assertThat(webServer(context.getSourceApplicationContext()).getPort()).isEqualTo(-1);
		});
	}

	@Test
	void shouldNotServeWithWebServerWhenUserHasServingMode() {
		server().withPropertyValues("fdwork.role=worker")
			.withBean(ServingMode.class, () -> ServingMode.PLATFORM_THREADS)
			.withUserConfiguration(Subscriber.class)
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ConnectionServer.class));
	}

	@Test
	void shouldExplainWhenWebServerAndSubscriberServe() {
		server().withPropertyValues("fdwork.role=worker")
			.withUserConfiguration(Subscriber.class)
			.run((context) -> assertThat(context).hasFailed()
				.getFailure()
				.rootCause()
				.isInstanceOf(AmbiguousServingException.class)
				.hasMessageContaining(FdworkChannels.GET));
	}

	@Test
	void shouldLeaveWebServerAloneWhenThereIsNoRole() {
		server().withPropertyValues("server.address=127.0.0.1", "server.port=0").run((context) -> {
			assertThat(context).hasNotFailed()
				.hasSingleBean(ReactiveWebServerFactory.class)
				.doesNotHaveBean(PortlessNettyWebServerFactory.class);
			assertThat(webServer(context.getSourceApplicationContext()).getPort()).isPositive();
		});
	}

	@Test
	void shouldBackOffWhenUserHasFactory() {
		server().withBean("user", NettyReactiveWebServerFactory.class, () -> new NettyReactiveWebServerFactory(0))
			.withPropertyValues("fdwork.role=worker")
			.withBean(WorkHandler.class, () -> (work) -> {
			})
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBeanNamesForType(ReactiveWebServerFactory.class)).containsExactly("user");
			});
	}

	@Test
	void shouldBackOffWhenReactorNettyIsMissing() {
		new ReactiveWebApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(FdworkReactorNettyAutoConfiguration.class))
			.withClassLoader(new FilteredClassLoader("reactor.netty", "org.springframework.boot.reactor.netty"))
			.withPropertyValues("fdwork.role=worker")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean("fdworkPortlessNettyWebServerFactory"));
	}

	@Test
	void shouldBackOffWhenApplicationIsNotReactive() {
		RoleContexts.none()
			.withPropertyValues("fdwork.role=worker", "fdwork.directory=" + this.temp.resolve("d"))
			.withBean(WorkHandler.class, () -> (work) -> {
			})
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean("fdworkPortlessNettyWebServerFactory"));
	}

	@Test
	void shouldBindPortOfManagementServer() {
		// Boot makes its factory with the default constructor
		PortlessNettyWebServerFactory factory = new PortlessNettyWebServerFactory();
		factory.setPort(0);
		WebServer server = factory.getWebServer(HANDLER);
		try {
			server.start();
			assertThat(server.getPort()).isPositive();
		}
		finally {
			server.stop();
		}
	}

	private ReactiveWebApplicationContextRunner server() {
		return new ReactiveWebApplicationContextRunner(AnnotationConfigReactiveWebServerApplicationContext::new)
			.withConfiguration(RoleContexts.autoConfigurations())
			.withConfiguration(AutoConfigurations.of(NettyReactiveWebServerAutoConfiguration.class))
			.withInitializer(
					(context) -> context.getEnvironment().setConversionService(new ApplicationConversionService()))
			.withBean(HttpHandler.class, () -> HANDLER)
			// Nothing is served: the event loops need not wait for more
			.withPropertyValues("fdwork.directory=" + this.temp.resolve("d"),
					"spring.reactor.netty.shutdown-quiet-period=0s");
	}

	private static WebServer webServer(Object context) {
		return ((ReactiveWebServerApplicationContext) context).getWebServer();
	}

	/**
	 * Serves besides the web server.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Subscriber {

		@Bean
		EventDrivenConsumer serve(@Qualifier(FdworkChannels.GET) SubscribableChannel channel) {
			return new EventDrivenConsumer(channel, (message) -> {
			});
		}

	}

}
