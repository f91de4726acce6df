package io.fdwork.sample.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * Starts the peers that are a proxy before JVMs with the sample.
 */
final class Proxies {

	private static final String HAPROXY = """
			global
				maxconn 20000
				no strict-limits
			defaults
				mode %s
				timeout connect 10s
				timeout queue 10m
				timeout client 10m
				timeout server 10m
				timeout http-keep-alive 10m
			frontend port
				bind 127.0.0.1:%d
				default_backend servers
			backend servers
				balance roundrobin
			%s
			""";

	private static final String NGINX = """
			%sdaemon off;
			pid %2$s/nginx.pid;
			error_log %2$s/error.log;
			worker_processes auto;
			events {
				worker_connections 16384;
			}
			stream {
				upstream servers {
			%4$s
				}
				server {
					listen 127.0.0.1:%3$d backlog=1024;
					proxy_pass servers;
					proxy_timeout 10m;
				}
			}
			""";

	private static final String NGINX_MODULE = "modules/ngx_stream_module.so";

	private Proxies() {
	}

	static void haproxyTcp(Contender contender, Setup setup) throws IOException {
		haproxy(contender, setup, "tcp", "");
	}

	static void haproxyQueue(Contender contender, Setup setup) throws IOException {
		haproxy(contender, setup, "tcp", (setup.concurrency() > 0) ? " maxconn " + setup.concurrency() : "");
	}

	static void haproxyHttp(Contender contender, Setup setup) throws IOException {
		haproxy(contender, setup, "http", "");
	}

	private static void haproxy(Contender contender, Setup setup, String mode, String option) throws IOException {
		String servers = JvmPeers.servers(contender, setup)
			.stream()
			.map((port) -> "\tserver server%1$d 127.0.0.1:%1$d%2$s".formatted(port, option))
			.collect(Collectors.joining("\n"));
		Path configuration = contender.directory().resolve("haproxy.cfg");
		Files.writeString(configuration, HAPROXY.formatted(mode, contender.port(), servers));
		contender.launch("proxy", List.of("haproxy", "-db", "-f", configuration.toString()));
		contender.awaitWorkers(setup.workers());
	}

	static void nginxTcp(Contender contender, Setup setup) throws IOException {
		String servers = JvmPeers.servers(contender, setup)
			.stream()
			.map((port) -> "\t\tserver 127.0.0.1:%d;".formatted(port))
			.collect(Collectors.joining("\n"));
		Path configuration = contender.directory().resolve("nginx.conf");
		Path module = nginxModule();
		Files.writeString(configuration, NGINX.formatted((module != null) ? "load_module " + module + ";\n" : "",
				contender.directory(), contender.port(), servers));
		contender.launch("proxy",
				List.of("nginx", "-p", contender.directory().toString(), "-c", configuration.toString()));
		contender.awaitWorkers(setup.workers());
	}

	static @Nullable String missingNginx() {
		if (!Command.exists("nginx")) {
			return "no nginx";
		}
		return (nginxModule() != null) ? null : "no stream module of nginx";
	}

	// A package of its own in Debian
	private static @Nullable Path nginxModule() {
		return Stream.of("/usr/lib/nginx", "/usr/share/nginx")
			.map((directory) -> Path.of(directory, NGINX_MODULE))
			.filter(Files::exists)
			.findFirst()
			.orElse(null);
	}

}
