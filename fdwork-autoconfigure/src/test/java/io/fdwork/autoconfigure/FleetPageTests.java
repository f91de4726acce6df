package io.fdwork.autoconfigure;

import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.fdwork.internal.daemon.Daemon;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the page of the fleet, on each management server that a daemon may have.
 */
class FleetPageTests {

	private static final String ORIGIN = "http://elsewhere.example";

	private static final Pattern SCRIPT = Pattern.compile("[\"'/](page[a-z-]*\\.js)[\"']");

	@TempDir
	private Path temp;

	@ParameterizedTest
	@EnumSource
	void shouldServePageBelowEndpoint(Server server) throws Exception {
		try (ConfigurableApplicationContext daemon = start(server, "--management.server.base-path=/m",
				"--management.endpoints.web.base-path=/ops", "--management.endpoints.web.path-mapping.fdwork=fleet")) {
			HttpResponse<String> page = get(daemon, "/m/ops/fleet/page");
			assertThat(page.statusCode()).isEqualTo(200);
			assertThat(page.body()).contains("<!doctype html>", "data-access=\"read-only\"");
			assertThat(page.body()).as("what the policy does not allow")
				.doesNotContain("<style", "style=", " on", "<script>");
			assertThat(page.headers().firstValue("Content-Type")).hasValue("text/html;charset=UTF-8");
			assertSafe(page);
			HttpResponse<String> style = get(daemon, "/m/ops/fleet/page.css");
			assertThat(style.headers().firstValue("Content-Type")).hasValue("text/css;charset=UTF-8");
			assertSafe(style);
			List<String> scripts = scripts(daemon, "/m/ops/fleet/", page.body());
			assertThat(scripts).hasSize(6)
				.allSatisfy((script) -> assertThat(script).doesNotContain("innerHTML", "insertAdjacentHTML",
						"document.write", "eval("));
			assertThat(Stream.concat(Stream.of(page.body(), style.body()), scripts.stream()))
				.as("nothing from elsewhere")
				.noneMatch((text) -> text.replace("http://www.w3.org/", "").contains("://"));
			assertThat(get(daemon, "/m/ops/fleet/other").statusCode()).isEqualTo(404);
			HttpResponse<String> state = get(daemon, "/m/ops/fleet");
			assertThat(state.body()).contains("\"role\":\"daemon\"");
			assertSafe(state);
			assertThat(get(daemon, "/m/ops/info").headers().map()).as("what is not ours")
				.doesNotContainKey("content-security-policy");
		}
	}

	@Test
	void shouldHaveNoPageWhenItIsSwitchedOff() throws Exception {
		try (ConfigurableApplicationContext daemon = start(Server.NETTY, "--fdwork.daemon.page.enabled=false")) {
			assertThat(get(daemon, "/actuator/fdwork").statusCode()).isEqualTo(200);
			assertThat(get(daemon, "/actuator/fdwork/page").statusCode()).isEqualTo(404);
		}
	}

	@Test
	void shouldHaveNoPageWhenEndpointIsNotExposed() throws Exception {
		try (ConfigurableApplicationContext daemon = start(Server.NETTY,
				"--management.endpoints.web.exposure.exclude=fdwork")) {
			assertThat(get(daemon, "/actuator/fdwork/page").statusCode()).isEqualTo(404);
		}
	}

	@ParameterizedTest
	@CsvSource({ "unrestricted, unrestricted, unrestricted", "read-only, unrestricted, read-only",
			"unrestricted, read-only, read-only" })
	void shouldOfferOperationsWhenTheyCanBeAccessed(String access, String permitted, String shown) throws Exception {
		try (ConfigurableApplicationContext daemon = start(Server.NETTY,
				"--management.endpoint.fdwork.access=" + access,
				"--management.endpoints.access.max-permitted=" + permitted)) {
			assertThat(get(daemon, "/actuator/fdwork/page").body()).contains("data-access=\"" + shown + "\"");
			assertThat(post(daemon, "/actuator/fdwork/quiesce", null, null))
				.isEqualTo((shown.equals("unrestricted")) ? 200 : 405);
		}
	}

	@ParameterizedTest
	@EnumSource
	void shouldRefuseWhatPageOfOtherSiteCanSend(Server server) throws Exception {
		try (ConfigurableApplicationContext daemon = start(server,
				"--management.endpoint.fdwork.access=unrestricted")) {
			Daemon state = daemon.getBean(Daemon.class);
			for (String path : List.of("/actuator/fdwork/quiesce", "/actuator/%66dwork/quiesce",
					"/actuator/fdwork;a=b/quiesce", "/actuator/fdwork/quies%63e")) {
				// What fetch() sends without asking, and a form
				for (String type : new String[] { null, "application/x-www-form-urlencoded",
						"multipart/form-data; boundary=x", "text/plain", "text/plain; application/json" }) {
					assertThat(post(daemon, path, ORIGIN, type)).as(path + " " + type).isEqualTo(403);
					assertThat(post(daemon, path, "null", type)).as(path + " " + type).isEqualTo(403);
				}
			}
			assertThat(state.isQuiesced()).isFalse();
			assertThat(preflight(daemon).headers().firstValue("Access-Control-Allow-Origin")).isEmpty();

			assertThat(post(daemon, "/actuator/fdwork/quiesce", "http://127.0.0.1", "application/json")).isEqualTo(200);
			assertThat(state.isQuiesced()).isTrue();
			assertThat(post(daemon, "/actuator/fdwork/resume", null, null)).as("a script").isEqualTo(200);
			assertThat(state.isQuiesced()).isFalse();
		}
	}

	@ParameterizedTest
	@EnumSource
	void shouldRefusePageOfSiteWhoseNameLeadsHere(Server server) throws Exception {
		try (ConfigurableApplicationContext daemon = start(server, "--management.endpoint.fdwork.access=unrestricted",
				"--fdwork.daemon.page.hosts=Host.example.com")) {
			Daemon state = daemon.getBean(Daemon.class);
			assertThat(quiesceAt(daemon, "site.example.com")).startsWith("HTTP/1.1 403")
				.contains("fdwork.daemon.page.hosts");
			assertThat(quiesceAt(daemon, "127.0.0.1.example.com")).startsWith("HTTP/1.1 403");
			assertThat(state.isQuiesced()).isFalse();
			for (String own : List.of("127.0.0.1", "[::1]", "localhost", "app.localhost", "host", "HOST.example.com")) {
				assertThat(quiesceAt(daemon, own)).as(own).startsWith("HTTP/1.1 200");
			}
			assertThat(state.isQuiesced()).isTrue();
		}
	}

	/**
	 * As a page does that a browser has from there, and which may send JSON.
	 */
	private static String quiesceAt(ConfigurableApplicationContext daemon, String host) throws Exception {
		int port = daemon.getEnvironment().getRequiredProperty("local.management.port", Integer.class);
		try (Socket socket = new Socket("127.0.0.1", port)) {
			socket.getOutputStream().write("""
					POST /actuator/fdwork/quiesce HTTP/1.1\r
					Host: %1$s:%2$s\r
					Origin: http://%1$s:%2$s\r
					Content-Type: application/json\r
					Content-Length: 2\r
					Connection: close\r
					\r
					{}""".formatted(host, port).getBytes(StandardCharsets.ISO_8859_1));
			return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
		}
	}

	/**
	 * Return the scripts of a page, and those that they import.
	 */
	private static List<String> scripts(ConfigurableApplicationContext daemon, String directory, String page)
			throws Exception {
		Map<String, String> scripts = new LinkedHashMap<>();
		Deque<String> sources = new ArrayDeque<>(List.of(page));
		while (!sources.isEmpty()) {
			Matcher names = SCRIPT.matcher(sources.remove());
			while (names.find()) {
				String name = names.group(1);
				if (!scripts.containsKey(name)) {
					HttpResponse<String> script = get(daemon, directory + name);
					assertThat(script.statusCode()).as(name).isEqualTo(200);
					assertThat(script.headers().firstValue("Content-Type")).hasValue("text/javascript;charset=UTF-8");
					assertSafe(script);
					scripts.put(name, script.body());
					sources.add(script.body());
				}
			}
		}
		return List.copyOf(scripts.values());
	}

	private static void assertSafe(HttpResponse<?> response) {
		assertThat(response.headers().firstValue("Content-Security-Policy").orElseThrow())
			.contains("default-src 'none'", "frame-ancestors 'none'", "form-action 'none'")
			.doesNotContain("unsafe");
		assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
		assertThat(response.headers().firstValue("X-Frame-Options")).hasValue("DENY");
		assertThat(response.headers().firstValue("Cache-Control")).hasValue("no-store");
	}

	private static HttpResponse<String> get(ConfigurableApplicationContext daemon, String path) throws Exception {
		return send(request(daemon, path).header("Accept", "text/html,*/*;q=0.8"));
	}

	private static int post(ConfigurableApplicationContext daemon, String path, @Nullable String origin,
			@Nullable String type) throws Exception {
		HttpRequest.Builder request = request(daemon, path)
			.POST((type != null) ? BodyPublishers.ofString("{}") : BodyPublishers.noBody());
		if (origin != null) {
			request.header("Origin", origin);
		}
		if (type != null) {
			request.header("Content-Type", type);
		}
		return send(request).statusCode();
	}

	/**
	 * What a browser asks before it sends JSON to another site.
	 */
	private static HttpResponse<String> preflight(ConfigurableApplicationContext daemon) throws Exception {
		return send(request(daemon, "/actuator/fdwork/quiesce").method("OPTIONS", BodyPublishers.noBody())
			.header("Origin", ORIGIN)
			.header("Access-Control-Request-Method", "POST")
			.header("Access-Control-Request-Headers", "content-type"));
	}

	private static HttpRequest.Builder request(ConfigurableApplicationContext daemon, String path) {
		return HttpRequest.newBuilder(
				URI.create("http://127.0.0.1:" + daemon.getEnvironment().getProperty("local.management.port") + path));
	}

	private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
		return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
	}

	private ConfigurableApplicationContext start(Server server, String... arguments) {
		List<String> all = new ArrayList<>(
				List.of("--fdwork.role=daemon", "--fdwork.directory=" + this.temp.resolve("d"),
						"--fdwork.daemon.listeners[0].address=127.0.0.1", "--fdwork.daemon.listeners[0].port=0",
						"--server.port=0", "--management.server.port=0", "--management.server.address=127.0.0.1",
						"--management.endpoints.web.exposure.include=fdwork,info", server.others()));
		all.addAll(List.of(arguments));
		return new SpringApplicationBuilder(Application.class).web(server.type)
			.bannerMode(Banner.Mode.OFF)
			.logStartupInfo(false)
			.registerShutdownHook(false)
			.run(all.toArray(String[]::new));
	}

	/**
	 * A management server, among all those on the class path.
	 */
	enum Server {

		NETTY(WebApplicationType.REACTIVE), TOMCAT(WebApplicationType.SERVLET), JETTY(WebApplicationType.SERVLET);

		private final WebApplicationType type;

		Server(WebApplicationType type) {
			this.type = type;
		}

		private String others() {
			String stack = (this.type == WebApplicationType.SERVLET) ? "Servlet" : "Reactive";
			return Stream.of(TOMCAT, JETTY)
				.filter((other) -> other != this)
				.map((other) -> other.name().toLowerCase(Locale.ROOT))
				.flatMap((module) -> {
					String name = Character.toUpperCase(module.charAt(0)) + module.substring(1) + stack;
					String prefix = "org.springframework.boot." + module + ".autoconfigure.";
					return Stream.of(
							prefix + stack.toLowerCase(Locale.ROOT) + "." + name + "WebServerAutoConfiguration",
							prefix + "actuate.web.server." + name + "ManagementContextAutoConfiguration");
				})
				.reduce((all, name) -> all + "," + name)
				.map((all) -> "--spring.autoconfigure.exclude=" + all)
				.orElseThrow();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
