package io.fdwork.autoconfigure;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import io.fdwork.autoconfigure.shop.ShopApplication;
import io.fdwork.daemon.DaemonCustomizer;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonState;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aot.AotDetector;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.info.ProjectInfoAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Profile;
import org.springframework.core.SpringProperties;
import org.springframework.web.server.WebFilter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Tests of what a lean daemon creates of an application.
 */
@ExtendWith(OutputCaptureExtension.class)
class LeanDaemonTests {

	/**
	 * Boot chooses one of them by what is on the class path, and here all are.
	 */
	private static final String OTHER_SERVERS = "--spring.autoconfigure.exclude=" + Stream
		.of("tomcat.autoconfigure.reactive.TomcatReactiveWebServer",
				"tomcat.autoconfigure.actuate.web.server.TomcatReactiveManagementContext",
				"jetty.autoconfigure.reactive.JettyReactiveWebServer",
				"jetty.autoconfigure.actuate.web.server.JettyReactiveManagementContext",
				"jetty.autoconfigure.servlet.JettyServletWebServer",
				"jetty.autoconfigure.actuate.web.server.JettyServletManagementContext")
		.map((name) -> "org.springframework.boot." + name + "AutoConfiguration")
		.reduce((all, name) -> all + "," + name)
		.orElseThrow();

	@TempDir
	private Path temp;

	@BeforeEach
	void forget() {
		ShopApplication.CREATED.clear();
	}

	@ParameterizedTest
	@EnumSource(WebApplicationType.class)
	void shouldCreateNothingOfApplicationButWhatIsMarked(WebApplicationType type) {
		try (ConfigurableApplicationContext context = run(type, List.of(ShopApplication.class), "--shop.runner=true")) {
			assertThat(context.getBean(Daemon.class).snapshot().state()).isEqualTo(DaemonState.RUNNING);
			assertThat(context.getBean(DaemonOptions.class).getMaxWorkers()).isEqualTo(7);
			assertThat(ShopApplication.CREATED).containsExactlyInAnyOrder("marked customizer", "marked object",
					"marked listener", "marked runner");
			assertThat(context.getBeansOfType(ShopApplication.class)).isEmpty();
			assertThat(context.getBeanNamesForType(ProjectInfoAutoConfiguration.class)).as("excluded").isEmpty();
		}
	}

	@Test
	void shouldCreateWhatIsMarkedAtOnceWhenInitializationIsLazy() {
		try (ConfigurableApplicationContext context = run(WebApplicationType.NONE, List.of(ShopApplication.class),
				"--spring.main.lazy-initialization=true")) {
			assertThat(ShopApplication.CREATED).contains("marked customizer", "marked object", "marked listener");
			assertThat(context.getBean(Daemon.class).snapshot().state()).isEqualTo(DaemonState.RUNNING);
		}
	}

	@Test
	void shouldCreateApplicationWhenItIsFull() {
		assertThatThrownBy(
				() -> run(WebApplicationType.NONE, List.of(ShopApplication.class), "--fdwork.daemon.application=full"))
			.rootCause()
			.hasMessage("The database is away");
	}

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void shouldAnswerOnManagementPortWhenThereIsOne(WebApplicationType type) throws Exception {
		try (ConfigurableApplicationContext context = run(type, List.of(ShopApplication.class),
				"--management.server.port=0", "--management.endpoints.web.exposure.include=*",
				"--management.endpoint.fdwork.access=unrestricted")) {
			assertThat(ask(context, "health")).contains("\"status\"");
			assertThat(ask(context, "fdwork")).contains("\"role\":\"daemon\"");
			assertThat(ask(context, "metrics")).contains("fdwork.listener.accepted", "jvm.memory.used");
			assertThat(ask(context, "beans")).contains("fdworkDaemon");
			assertThat(ask(context, "scheduledtasks")).doesNotContain("poll");
			assertThat(ShopApplication.CREATED).containsExactlyInAnyOrder("marked customizer", "marked object",
					"marked listener");
		}
	}

	@Test
	void shouldNameBeanAndRemedyWhenMarkedBeanWantsOneThatIsNotCreated(CapturedOutput output) {
		assertThatThrownBy(() -> run(WebApplicationType.NONE, List.of(ShopApplication.class), "--shop.wants=true"))
			.isNotNull();
		assertThat(output).contains("APPLICATION FAILED TO START",
				"io.fdwork.autoconfigure.shop.UnmarkedBeans$Repository", "is lean", "@ConditionalOnRole",
				"fdwork.daemon.application=full");
	}

	@Test
	void shouldFailWhenMethodIsMarkedInClassThatIsNot(CapturedOutput output) {
		assertThatThrownBy(() -> run(WebApplicationType.NONE, List.of(MarkedMethod.class)))
			.isInstanceOf(LeanDaemonException.class);
		assertThat(output).contains(MarkedMethod.class.getName() + ".customizer", "Move them to a configuration class");
	}

	@Test
	void shouldFailWhenBeanForDaemonIsNotMarked(CapturedOutput output) {
		assertThatThrownBy(() -> run(WebApplicationType.NONE, List.of(UnmarkedCustomizer.class)))
			.isInstanceOf(LeanDaemonException.class);
		assertThat(output).contains("DaemonCustomizer", UnmarkedCustomizer.class.getName());
	}

	@Test
	void shouldFailWhenAutoConfigurationIsNotOfSource(CapturedOutput output) {
		assertThatThrownBy(() -> run(WebApplicationType.NONE, List.of(Importing.class)))
			.isInstanceOf(LeanDaemonException.class);
		assertThat(output).contains("@EnableAutoConfiguration", "fdwork.daemon.application=full");
	}

	@Test
	void shouldFailWhenBeansWereChosenAheadOfTime(CapturedOutput output) {
		SpringProperties.setFlag(AotDetector.AOT_ENABLED);
		try {
			assertThatThrownBy(
					() -> application(WebApplicationType.NONE, List.of(Ahead.class)).main(Ahead.class).run(arguments()))
				.isInstanceOf(LeanDaemonException.class);
		}
		finally {
			SpringProperties.setProperty(AotDetector.AOT_ENABLED, null);
		}
		assertThat(output).contains("ahead of time", "-Dspring.aot.enabled=true", "fdwork.daemon.application=full");
	}

	@ParameterizedTest
	@ValueSource(classes = { SanitizingByInheritance.class, Sanitizing.class, SanitizingByImport.class })
	void shouldFailWhenWhatSecuresEndpointsIsNotMarked(Class<?> source, CapturedOutput output) {
		assertThatThrownBy(() -> run(WebApplicationType.SERVLET, List.of(source), "--management.server.port=0"))
			.isInstanceOf(LeanDaemonException.class);
		assertThat(output).contains("APPLICATION FAILED TO START", "SanitizingFunction", Sanitizing.class.getName(),
				"@ConditionalOnRole", "fdwork.daemon.application=full");
	}

	@Test
	void shouldStartWhenWhatSecuresEndpointsIsMarkedOrNobodyReachesThem() {
		run(WebApplicationType.SERVLET, List.of(Sanitizing.class)).close();
		run(WebApplicationType.SERVLET, List.of(OfOtherProfile.class), "--management.server.port=0").close();
		run(WebApplicationType.SERVLET, List.of(Sanitizing.class), "--management.server.port=-1").close();
		try (ConfigurableApplicationContext context = run(WebApplicationType.SERVLET,
				List.of(Sanitizing.class, MarkedSanitizing.class), "--management.server.port=0")) {
			assertThat(context.getBeansOfType(SanitizingFunction.class)).hasSize(1);
		}
	}

	@Test
	void shouldWarnWhenFilterOfWebFluxDoesNotFilterEndpoints(CapturedOutput output) {
		run(WebApplicationType.REACTIVE, List.of(Filtering.class), "--management.server.port=0").close();
		assertThat(output).contains("The WebFilter in " + Filtering.class.getName());
	}

	private ConfigurableApplicationContext run(WebApplicationType type, List<Class<?>> sources, String... arguments) {
		return application(type, sources).run(arguments(arguments));
	}

	private static SpringApplicationBuilder application(WebApplicationType type, List<Class<?>> sources) {
		return new SpringApplicationBuilder(sources.toArray(Class[]::new)).web(type)
			.bannerMode(Banner.Mode.OFF)
			.registerShutdownHook(false);
	}

	private String[] arguments(String... arguments) {
		List<String> all = new ArrayList<>(
				List.of("--fdwork.role=daemon", "--fdwork.directory=" + this.temp.resolve("d"),
						"--server.address=127.0.0.1", "--server.port=0", OTHER_SERVERS));
		all.addAll(Arrays.asList(arguments));
		return all.toArray(String[]::new);
	}

	private static String ask(ConfigurableApplicationContext context, String endpoint) throws Exception {
		String port = context.getEnvironment().getProperty("local.management.port");
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/actuator/" + endpoint))
			.build();
		return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class MarkedMethod {

		@Bean
		@ConditionalOnRole(Role.DAEMON)
		DaemonCustomizer customizer() {
			throw new AssertionError();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class UnmarkedCustomizer {

		@Bean
		DaemonCustomizer customizer() {
			throw new AssertionError();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(RoleContexts.Application.class)
	static class Importing {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Sanitizing {

		@Bean
		SanitizingFunction hidden() {
			throw new AssertionError();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class SanitizingByInheritance extends Sanitizing {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Ahead {

	}

	/**
	 * As ahead-of-time processing leaves it, of an application without beans.
	 */
	static class Ahead__ApplicationContextInitializer
			implements ApplicationContextInitializer<ConfigurableApplicationContext> {

		@Override
		public void initialize(ConfigurableApplicationContext context) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Profile("other")
	static class OfOtherProfile {

		@Bean
		SanitizingFunction hidden() {
			throw new AssertionError();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Sanitizing.class)
	static class SanitizingByImport {

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnRole({ Role.DAEMON, Role.WORKER, Role.NONE })
	static class MarkedSanitizing {

		@Bean
		SanitizingFunction hidden() {
			return (data) -> data.withSanitizedValue();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Filtering {

		@Bean
		WebFilter filter() {
			throw new AssertionError();
		}

	}

}
