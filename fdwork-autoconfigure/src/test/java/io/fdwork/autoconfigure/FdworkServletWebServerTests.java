package io.fdwork.autoconfigure;

import java.nio.file.Path;
import java.util.stream.Stream;

import io.fdwork.WorkHandler;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.serve.ConnectionServer;
import io.fdwork.internal.serve.jetty.JettyServer;
import io.fdwork.internal.serve.jetty.PortlessJettyWebServerFactory;
import io.fdwork.internal.serve.tomcat.PortlessTomcatWebServerFactory;
import io.fdwork.internal.serve.tomcat.TomcatServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.jetty.JettyWebServer;
import org.springframework.boot.jetty.autoconfigure.servlet.JettyServletWebServerAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableWebApplicationContext;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
import org.springframework.boot.web.server.servlet.context.AnnotationConfigServletWebServerApplicationContext;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests for {@link FdworkTomcatAutoConfiguration} and
 * {@link FdworkJettyAutoConfiguration}.
 */
class FdworkServletWebServerTests {

	private static final String TOMCAT = "org.apache.catalina";

	private static final String JETTY = "org.eclipse.jetty";

	@TempDir
	private Path temp;

	static Stream<Arguments> servers() {
		return Stream.of(
				arguments(JETTY, PortlessTomcatWebServerFactory.class, TomcatServer.class,
						TomcatServletWebServerAutoConfiguration.class),
				arguments(TOMCAT, PortlessJettyWebServerFactory.class, JettyServer.class,
						JettyServletWebServerAutoConfiguration.class));
	}

	@ParameterizedTest
	@MethodSource("servers")
	void shouldBindNothingWhenRoleIsDaemon(String missing, Class<?> factory, Class<?> server, Class<?> boot) {
		runner(missing, boot).withPropertyValues("fdwork.role=daemon", "server.address=127.0.0.1", "server.port=0")
			.run((context) -> {
				assertThat(context).hasNotFailed().hasSingleBean(factory).doesNotHaveBean(ConnectionServer.class);
				assertThat(webServer(context)).isInstanceOfAny(TomcatWebServer.class, JettyWebServer.class);
				assertThat(context.getBean(Daemon.class).addresses()).hasSize(1);
			});
	}

	@ParameterizedTest
	@MethodSource("servers")
	void shouldServeWithWebServerWhenWorkerHasNoHandler(String missing, Class<?> factory, Class<?> server,
			Class<?> boot) {
		runner(missing, boot)
			.withPropertyValues("fdwork.role=worker", "fdwork.daemon.listeners[0].port=4711", "server.port=4712")
			.run((context) -> {
				assertThat(context).hasNotFailed().hasSingleBean(factory).hasSingleBean(server);
				assertThat(webServer(context)).isInstanceOfAny(TomcatWebServer.class, JettyWebServer.class);
				assertThat(webServer(context).getPort()).isEqualTo(4711);
			});
	}

	@ParameterizedTest
	@MethodSource("servers")
	void shouldServeWhenWebServerOfWorkerHasNoPortAnyway(String missing, Class<?> factory, Class<?> server,
			Class<?> boot) {
		runner(missing, boot).withPropertyValues("fdwork.role=worker", "server.port=-1")
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(server));
	}

	@ParameterizedTest
	@MethodSource("servers")
	void shouldServeWithHandlerWhenWorkerHasOne(String missing, Class<?> factory, Class<?> server, Class<?> boot) {
		runner(missing, boot).withPropertyValues("fdwork.role=worker").withBean(WorkHandler.class, () -> (work) -> {
		})
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(factory)
				.doesNotHaveBean(ConnectionServer.class));
	}

	@ParameterizedTest
	@MethodSource("servers")
	void shouldLeaveWebServerAloneWhenThereIsNoRole(String missing, Class<?> factory, Class<?> server, Class<?> boot) {
		runner(missing, boot).withPropertyValues("server.address=127.0.0.1", "server.port=0").run((context) -> {
			assertThat(context).hasNotFailed()
				.hasSingleBean(ServletWebServerFactory.class)
				.doesNotHaveBean(factory)
				.doesNotHaveBean(ConnectionServer.class);
			assertThat(webServer(context).getPort()).isPositive();
		});
	}

	@Test
	void shouldBackOffWhenUserHasFactory() {
		runner(JETTY, TomcatServletWebServerAutoConfiguration.class)
			.withPropertyValues("fdwork.role=daemon", "fdwork.daemon.listeners[0].port=0", "server.port=0")
			.withBean("user", TomcatServletWebServerFactory.class, TomcatServletWebServerFactory::new)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBeanNamesForType(ServletWebServerFactory.class)).containsExactly("user");
			});
	}

	@ParameterizedTest
	@MethodSource("servers")
	void shouldBindPortOfManagementServer(String missing, Class<?> type, Class<?> server, Class<?> boot)
			throws Exception {
		// Boot makes its factory with the default constructor
		ServletWebServerFactory factory = (ServletWebServerFactory) type.getDeclaredConstructor().newInstance();
		type.getMethod("setPort", int.class).invoke(factory, 0);
		WebServer webServer = factory.getWebServer();
		try {
			webServer.start();
			assertThat(webServer.getPort()).isPositive();
		}
		finally {
			webServer.stop();
			webServer.destroy();
		}
	}

	private WebApplicationContextRunner runner(String missing, Class<?> boot) {
		return new WebApplicationContextRunner(AnnotationConfigServletWebServerApplicationContext::new)
			.withConfiguration(RoleContexts.autoConfigurations())
			.withConfiguration(AutoConfigurations.of(boot))
			.withClassLoader(new FilteredClassLoader(missing))
			.withInitializer(
					(context) -> context.getEnvironment().setConversionService(new ApplicationConversionService()))
			.withPropertyValues("fdwork.directory=" + this.temp.resolve("d"));
	}

	private static WebServer webServer(AssertableWebApplicationContext context) {
		return ((ServletWebServerApplicationContext) context.getSourceApplicationContext()).getWebServer();
	}

}
