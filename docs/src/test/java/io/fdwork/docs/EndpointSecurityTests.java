package io.fdwork.docs;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

import io.fdwork.docs.web.EndpointSecurity;
import io.fdwork.docs.web.ReactiveEndpointSecurity;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.tomcat.autoconfigure.actuate.web.server.TomcatReactiveManagementContextAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.reactive.TomcatReactiveWebServerAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Asks the endpoint of a daemon of an application with Spring Security, as the pages say.
 */
class EndpointSecurityTests {

	/**
	 * Which is there for MVC, and would be a second server for WebFlux.
	 */
	private static final String TOMCAT = String.join(",",
			TomcatReactiveManagementContextAutoConfiguration.class.getName(),
			TomcatReactiveWebServerAutoConfiguration.class.getName());

	@TempDir
	private Path temporary;

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void shouldReadOnlyWhenApplicationHasNoChainForTheEndpoint(WebApplicationType type) throws Exception {
		try (ConfigurableApplicationContext daemon = start(type, List.of(Application.class))) {
			assertThat(ask(daemon, "GET", "", true).statusCode()).isEqualTo(200);
			// No word of the token that a form would have
			assertThat(ask(daemon, "POST", "/quiesce", true).statusCode())
				.isEqualTo((type == WebApplicationType.SERVLET) ? 401 : 403);
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void shouldOperateWhenApplicationHasTheChain(WebApplicationType type) throws Exception {
		Class<?> chain = (type == WebApplicationType.SERVLET) ? EndpointSecurity.class : ReactiveEndpointSecurity.class;
		try (ConfigurableApplicationContext daemon = start(type, List.of(Application.class, chain))) {
			assertThat(ask(daemon, "GET", "", true).statusCode()).isEqualTo(200);
			HttpResponse<String> quiesced = ask(daemon, "POST", "/quiesce", true);
			assertThat(quiesced.statusCode()).isEqualTo(200);
			assertThat(quiesced.body()).contains("\"role\":\"daemon\"");
			assertThat(ask(daemon, "GET", "", false).statusCode()).isEqualTo(401);
			assertThat(ask(daemon, "GET", "/page", true).body()).contains("data-access=\"unrestricted\"");
			assertThat(ask(daemon, "GET", "/page", false).statusCode()).isEqualTo(401);
			assertThat(ask(daemon, "POST", "/resume", false).statusCode()).isEqualTo(401);
		}
	}

	private ConfigurableApplicationContext start(WebApplicationType type, List<Class<?>> sources) {
		return new SpringApplicationBuilder(sources.toArray(Class[]::new)).web(type)
			.bannerMode(Banner.Mode.OFF)
			.registerShutdownHook(false)
			.run("--fdwork.role=daemon", "--fdwork.directory=" + this.temporary.resolve("d"),
					"--server.address=127.0.0.1", "--server.port=0", "--management.server.port=0",
					"--management.server.address=127.0.0.1", "--management.endpoints.web.exposure.include=fdwork",
					"--management.endpoint.fdwork.access=unrestricted", "--spring.security.user.name=operator",
					"--spring.security.user.password=secret",
					"--spring.autoconfigure.exclude=" + ((type == WebApplicationType.REACTIVE) ? TOMCAT : ""));
	}

	private static HttpResponse<String> ask(ConfigurableApplicationContext daemon, String method, String operation,
			boolean authenticated) throws IOException, InterruptedException {
		String port = daemon.getEnvironment().getProperty("local.management.port");
		HttpRequest.Builder request = HttpRequest
			.newBuilder(URI.create("http://127.0.0.1:" + port + "/actuator/fdwork" + operation))
			.method(method, BodyPublishers.noBody());
		if (authenticated) {
			request.header("Authorization",
					"Basic " + Base64.getEncoder().encodeToString("operator:secret".getBytes(StandardCharsets.UTF_8)));
		}
		return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
