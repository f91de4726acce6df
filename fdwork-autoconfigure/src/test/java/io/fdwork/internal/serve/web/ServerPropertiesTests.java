package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebSession;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests the table of the properties of web servers: what they do in a worker is what they
 * do without fdwork, where the table says so.
 */
@Timeout(900)
class ServerPropertiesTests {

	private static final Path TABLE = Path.of("server-properties.csv");

	private static final String SAME = "As without fdwork";

	private static final String FORM = "POST %s HTTP/1.1\r\nHost: test\r\nContent-Type: application/x-www-form-urlencoded\r\n"
			+ "Content-Length: %d\r\n\r\n%s";

	@TempDir
	private static Path temp;

	/**
	 * What is set together, and what shows the effect of each property.
	 */
	enum Group {

		REACTOR_NETTY(WebServerType.REACTOR_NETTY, "") {

			@Override
			void addProbes(Probes probes) {
				probes.addShared("");
				probes.set("server.netty.max-keep-alive-requests=3", get("/text?size=3").repeat(5));
				probes.add("server.netty.max-keep-alive-requests",
						RawInput.of("one after the other", get("/text?size=1"))
							.answeredThen("", RawInput.bytes(get("/text?size=1")))
							.answeredThen("three, one after the other", RawInput.bytes(get("/text?size=1")))
							.untilEnd());
				probes.set("server.netty.max-initial-line-length=300B", get("/text?size=3&x=" + "x".repeat(300)));
				probes.set("server.netty.validate-headers=false", get("/text?size=3", "X[]: y", "X: \u0001"));
				probes.set("server.reactive.session.cookie.name=S", get("/session"));
				probes.set("server.reactive.session.cookie.same-site=strict", get("/session"));
				probes.set("server.reactive.session.cookie.max-age=1h", get("/session"));
			}

		},

		REACTOR_NETTY_IDLE(WebServerType.REACTOR_NETTY, "") {

			@Override
			void addProbes(Probes probes) {
				probes.set("server.netty.idle-timeout=900ms", "");
				probes.untilEnd("server.netty.idle-timeout", get("/text?size=3"));
			}

		},

		REACTOR_NETTY_HTTP2(WebServerType.REACTOR_NETTY, "") {

			@Override
			void addProbes(Probes probes) {
				probes.addHttp2("");
				probes.addForwarded("framework", "");
			}

		},

		TOMCAT(WebServerType.TOMCAT, "/app") {

			@Override
			void addProbes(Probes probes) {
				probes.addShared("/app");
				probes.addServlet();
				probes.set("server.tomcat.max-keep-alive-requests=3", get("/app/text?size=3").repeat(5));
				probes.set("server.tomcat.max-http-form-post-size=50B", form("/app/form", "a=" + "x".repeat(100)));
				probes.set("server.tomcat.max-parameter-count=3", form("/app/form", "a=1&b=2&c=3&d=4&e=5"));
				probes.set("server.tomcat.max-swallow-size=10B", form("/app/none", "x".repeat(3000)));
				probes.set("server.tomcat.max-http-response-header-size=1KB", get("/app/header?size=2000"));
				probes.set("server.tomcat.relaxed-path-chars=|", get("/app/a|b"));
				probes.set("server.tomcat.relaxed-query-chars=|", get("/app/text?size=3&x=|"));
				probes.set("server.tomcat.uri-encoding=ISO-8859-1", get("/app/echo?text=%E9"));
				probes.set("server.tomcat.use-relative-redirects=true", get("/app"));
			}

		},

		TOMCAT_IDLE(WebServerType.TOMCAT, "/app") {

			@Override
			void addProbes(Probes probes) {
				probes.set("server.tomcat.connection-timeout=1200ms", "");
				probes.untilEnd("server.tomcat.connection-timeout", "GET /te");
				probes.untilEnd("server.tomcat.connection-timeout", "");
				probes.set("server.tomcat.keep-alive-timeout=700ms", "");
				probes.untilEnd("server.tomcat.keep-alive-timeout", get("/app/text?size=3"));
				probes.set("server.tomcat.redirect-context-root=false", get("/app"));
				probes.set("server.tomcat.remoteip.remote-ip-header=x-ip", get("/app/address", "X-Ip: 1.2.3.4"));
				probes.set("server.tomcat.remoteip.protocol-header=x-proto", get("/app/address", "X-Proto: https"));
				probes.set("server.tomcat.remoteip.host-header=x-host", get("/app/address", "X-Host: other"));
			}

		},

		TOMCAT_HTTP2(WebServerType.TOMCAT, "") {

			@Override
			void addProbes(Probes probes) {
				probes.addHttp2("");
				probes.addForwarded("framework", "");
			}

		},

		JETTY(WebServerType.JETTY, "/app") {

			@Override
			void addProbes(Probes probes) {
				probes.addShared("/app");
				probes.addServlet();
				probes.set("server.jetty.max-http-form-post-size=50B", form("/app/form", "a=" + "x".repeat(100)));
				probes.set("server.jetty.max-form-keys=3", form("/app/form", "a=1&b=2&c=3&d=4&e=5"));
				probes.set("server.jetty.max-http-response-header-size=1KB", get("/app/header?size=2000"));
			}

		},

		JETTY_IDLE(WebServerType.JETTY, "") {

			@Override
			void addProbes(Probes probes) {
				probes.set("server.jetty.connection-idle-timeout=900ms", "");
				probes.untilEnd("server.jetty.connection-idle-timeout", get("/text?size=3"));
				probes.untilEnd("server.jetty.connection-idle-timeout", "GET /te");
			}

		},

		JETTY_HTTP2(WebServerType.JETTY, "") {

			@Override
			void addProbes(Probes probes) {
				probes.addHttp2("");
				probes.addForwarded("framework", "");
			}

		};

		private final WebServerType server;

		private final Probes probes = new Probes();

		Group(WebServerType server, String contextPath) {
			this.server = server;
			if (!contextPath.isEmpty()) {
				this.probes.contextPath.add("--server.servlet.context-path=" + contextPath);
			}
			addProbes(this.probes);
		}

		abstract void addProbes(Probes probes);

	}

	/**
	 * The settings of a group, and inputs whose answers show what they do.
	 */
	static final class Probes {

		private final List<String> contextPath = new ArrayList<>();

		private final Set<String> settings = new TreeSet<>();

		private final Map<String, List<RawInput>> inputs = new LinkedHashMap<>();

		void set(String setting, String input) {
			this.settings.add("--" + setting);
			if (!input.isEmpty()) {
				add(property(setting), RawInput.of(setting, input));
			}
		}

		void untilEnd(String property, String input) {
			RawInput sent = (input.isEmpty()) ? RawInput.of(property) : RawInput.of(property, input);
			add(property, sent.untilEnd());
		}

		void add(String property, RawInput input) {
			this.inputs.computeIfAbsent(property, (name) -> new ArrayList<>()).add(input);
		}

		private static String property(String setting) {
			return setting.substring(0, setting.indexOf('='));
		}

		void addShared(String path) {
			set("server.compression.min-response-size=100B", get(path + "/text?size=99", "Accept-Encoding: gzip")
					+ get(path + "/text?size=100", "Accept-Encoding: gzip"));
			set("server.compression.excluded-user-agents=bad.*",
					get(path + "/text?size=500", "Accept-Encoding: gzip", "User-Agent: bad one"));
			set("server.compression.mime-types=text/plain,application/octet-stream",
					get(path + "/bytes?size=500", "Accept-Encoding: gzip"));
			set("server.max-http-request-header-size=1KB", get(path + "/text?size=3", "X: " + "x".repeat(900)));
			add("server.max-http-request-header-size",
					RawInput.of("too long a head", get(path + "/text?size=3", "X: " + "x".repeat(1100))));
			set("spring.web.error.include-message=always", get(path + "/fail"));
			set("spring.web.error.include-exception=true", get(path + "/fail", "Accept: application/json"));
			set("spring.web.error.whitelabel.enabled=false", get(path + "/none", "Accept: text/html"));
			addForwarded("native", path);
		}

		void addForwarded(String strategy, String path) {
			set("server.forward-headers-strategy=" + strategy, get(path + "/address", "X-Forwarded-For: 1.2.3.4",
					"X-Forwarded-Proto: https", "X-Forwarded-Host: other:81", "X-Forwarded-Prefix: /p"));
			add("server.forward-headers-strategy",
					RawInput.of("forwarded", get(path + "/address", "Forwarded: for=1.2.3.4;proto=https;host=other")));
		}

		void addHttp2(String path) {
			set("server.http2.enabled=true", get(path + "/text?size=3"));
			add("server.http2.enabled",
					RawInput.of("preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"));
			add("server.http2.enabled", RawInput.of("upgrade", get(path + "/text?size=3", "Upgrade: h2c",
					"Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAAP__")));
		}

		void addServlet() {
			add("server.servlet.context-path", RawInput.of("outside", get("/text?size=3")));
			add("server.servlet.context-path", RawInput.of("root", get("/app/")));
			set("server.server-header=test", get("/app/text?size=3"));
			set("server.servlet.session.cookie.name=S", get("/app/session"));
			set("server.servlet.session.cookie.http-only=false", get("/app/session"));
			set("server.servlet.session.cookie.same-site=strict", get("/app/session"));
			set("server.servlet.session.cookie.max-age=1h", get("/app/session"));
			set("server.servlet.session.tracking-modes=cookie", get("/app/session"));
		}

	}

	@ParameterizedTest
	@MethodSource("groups")
	@Tag("long")
	void shouldDoInWorkerWhatTheyDoAlone(Group group) throws Exception {
		Path logs = Files.createDirectories(temp.resolve(group + "-logs"));
		List<Class<?>> controllers = List.of(group.server.isReactive() ? FluxRoutes.class : MvcRoutes.class);
		try (Served alone = new Served(group.server, false, temp.resolve("none"), controllers,
				arguments(group, logs.resolve("alone")));
				Served worker = new Served(group.server, true, temp.resolve("d" + group.ordinal()), controllers,
						arguments(group, logs.resolve("worker")))) {
			RawComparison comparison = new RawComparison(alone.plainPort(), worker.plainPort());
			assertThat(comparison.differences(inputs(group))).isEmpty();
		}
		// What the warm-up of the web server leaves there, as the documentation says
		assertThat(logged(logs.resolve("worker")))
			.filteredOn(
					(line) -> !line.matches("(127\\.0\\.0\\.1|localhost) (GET|POST) (/app)?/fdwork-warm-up 200 \\d+"))
			.containsExactlyElementsOf(logged(logs.resolve("alone")));
	}

	/**
	 * The control: if an answer is the same without a setting, it says nothing of it.
	 */
	@ParameterizedTest
	@MethodSource("groups")
	@Tag("long")
	void shouldDoSomethingAlone(Group group) throws Exception {
		List<Class<?>> controllers = List.of(group.server.isReactive() ? FluxRoutes.class : MvcRoutes.class);
		try (Served without = new Served(group.server, false, temp.resolve("none"), controllers,
				group.probes.contextPath.toArray(String[]::new));
				Served with = new Served(group.server, false, temp.resolve("none"), controllers,
						arguments(group, temp.resolve(group + "-control")))) {
			RawComparison comparison = RawComparison.ofDifferent(without.plainPort(), with.plainPort());
			List<String> differences = comparison.differences(inputs(group));
			List<String> idle = new ArrayList<>(group.probes.inputs.keySet());
			idle.remove("server.servlet.context-path");
			group.probes.inputs.forEach((property, inputs) -> {
				if (inputs.stream()
					.anyMatch(
							(input) -> differences.stream().anyMatch((text) -> text.startsWith(input.name() + "\n")))) {
					idle.remove(property);
				}
			});
			assertThat(idle).isEmpty();
		}
	}

	static Stream<Group> groups() {
		return Stream.of(Group.values());
	}

	private static List<RawInput> inputs(Group group) {
		return group.probes.inputs.values().stream().flatMap(List::stream).toList();
	}

	private static String[] arguments(Group group, Path logs) throws IOException {
		Files.createDirectories(logs);
		List<String> arguments = new ArrayList<>(group.probes.settings);
		arguments.addAll(group.probes.contextPath);
		arguments.addAll(List.of("--fdwork.worker.return-idle-after=20ms", "--server.tomcat.accesslog.enabled=true",
				"--server.tomcat.accesslog.directory=" + logs, "--server.tomcat.accesslog.buffered=false",
				"--server.tomcat.accesslog.pattern=%h %m %U %s %b", "--server.jetty.accesslog.enabled=true",
				"--server.jetty.accesslog.filename=" + logs.resolve("jetty.log"),
				"--server.jetty.accesslog.custom-format=%a %m %U %s %O"));
		return arguments.toArray(String[]::new);
	}

	// Inputs are sent in parallel, and again if they were answered differently
	private static Set<String> logged(Path directory) throws IOException {
		Set<String> lines = new TreeSet<>();
		try (Stream<Path> files = Files.list(directory)) {
			for (Path file : files.toList()) {
				lines.addAll(Files.readAllLines(file));
			}
		}
		return lines;
	}

	@Test
	void shouldHaveProbeForEachPropertyThatIsTheSame() throws IOException {
		Set<String> probed = new TreeSet<>(
				Set.of("server.ssl.*", "server.tomcat.accesslog.*", "server.jetty.accesslog.*"));
		for (Group group : Group.values()) {
			group.probes.inputs.keySet().forEach((property) -> probed.add(family(property)));
		}
		Set<String> same = new TreeSet<>();
		for (String line : Files.readAllLines(TABLE)) {
			String[] columns = line.split(";");
			assertThat(columns).as(line).hasSize(3);
			if (columns[2].startsWith(SAME)) {
				same.addAll(List.of(columns[0].split(", ")));
			}
		}
		assertThat(probed).isEqualTo(same);
	}

	private static String family(String property) {
		for (String family : List.of("server.compression.", "spring.web.error.", "server.servlet.session.",
				"server.reactive.session.", "server.tomcat.remoteip.")) {
			if (property.startsWith(family)) {
				return family + "*";
			}
		}
		return property;
	}

	private static String get(String path, String... headers) {
		return HttpConnection.head("GET", path, headers);
	}

	private static String form(String path, String body) {
		return FORM.formatted(path, body.length(), body);
	}

	/**
	 * Routes of MVC that show what properties do.
	 */
	@RestController
	static class MvcRoutes {

		@GetMapping("/address")
		String address(HttpServletRequest request) {
			return request.getRemoteAddr() + " " + request.getRequestURL() + " " + request.isSecure();
		}

		@GetMapping("/session")
		String session(HttpSession session) {
			return String.valueOf(session.isNew());
		}

		@PostMapping("/form")
		String form(HttpServletRequest request) {
			return request.getParameterMap().keySet().toString();
		}

		@GetMapping("/header")
		ResponseEntity<String> header(@RequestParam int size) {
			return ResponseEntity.ok().header("X-Large", "x".repeat(size)).body("large");
		}

		@GetMapping("/echo")
		String echo(@RequestParam String text) {
			return String.valueOf(text.codePointAt(0));
		}

		@GetMapping("/fail")
		String fail() {
			throw new IllegalStateException("failed on purpose");
		}

	}

	/**
	 * Routes of WebFlux that show what properties do.
	 */
	@RestController
	static class FluxRoutes {

		@GetMapping("/address")
		String address(ServerWebExchange exchange) {
			return exchange.getRequest().getRemoteAddress().getHostString() + " " + exchange.getRequest().getURI();
		}

		@GetMapping("/session")
		String session(WebSession session) {
			session.start();
			return String.valueOf(session.isStarted());
		}

		@GetMapping("/fail")
		Mono<String> fail() {
			return Mono.error(new IllegalStateException("failed on purpose"));
		}

	}

}
