package io.fdwork.sample.bench;

import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Something that serves a port with several processes, or with one: fdwork, and what
 * would be used instead.
 */
enum Peer {

	/**
	 * The baseline.
	 */
	DIRECT("One JVM, Netty, accepts by itself", Peer::nothing, JvmPeers::direct),

	/**
	 * A web application alone.
	 */
	WEBFLUX_DIRECT("One JVM, WebFlux on Reactor Netty, accepts by itself", Peer::nothing,
			(contender, setup) -> JvmPeers.web(contender, setup, WebServer.REACTOR_NETTY)),

	/**
	 * The same as a worker.
	 */
	WEBFLUX_WORKER("fdwork, one worker, WebFlux on Reactor Netty", Peer::nothing,
			(contender, setup) -> JvmPeers.fdworkWeb(contender, setup, WebServer.REACTOR_NETTY)),

	/**
	 * A web application alone.
	 */
	TOMCAT_DIRECT("One JVM, MVC on Tomcat, accepts by itself", WebServer.TOMCAT::missing,
			(contender, setup) -> JvmPeers.web(contender, setup, WebServer.TOMCAT)),

	/**
	 * The same as a worker.
	 */
	TOMCAT_WORKER("fdwork, one worker, MVC on Tomcat", WebServer.TOMCAT::missing,
			(contender, setup) -> JvmPeers.fdworkWeb(contender, setup, WebServer.TOMCAT)),

	/**
	 * A web application alone.
	 */
	JETTY_DIRECT("One JVM, MVC on Jetty, accepts by itself", WebServer.JETTY::missing,
			(contender, setup) -> JvmPeers.web(contender, setup, WebServer.JETTY)),

	/**
	 * The same as a worker.
	 */
	JETTY_WORKER("fdwork, one worker, MVC on Jetty", WebServer.JETTY::missing,
			(contender, setup) -> JvmPeers.fdworkWeb(contender, setup, WebServer.JETTY)),

	/**
	 * The kernel chooses the JVM by a hash of the addresses.
	 */
	REUSE_PORT("JVMs, Netty, on one port with SO_REUSEPORT", Peer::nothing, JvmPeers::reusePort),

	/**
	 * Pushes connections in turn.
	 */
	HAPROXY_TCP("haproxy, TCP, round robin, before JVMs with Netty", () -> program("haproxy"), Proxies::haproxyTcp),

	/**
	 * Keeps connections back while all JVMs have as many as they may.
	 */
	HAPROXY_QUEUE("haproxy, TCP, with a queue (maxconn for each server), before JVMs with Netty",
			() -> program("haproxy"), Proxies::haproxyQueue),

	/**
	 * Pushes requests in turn.
	 */
	HAPROXY_HTTP("haproxy, HTTP with keep-alive, before JVMs with Netty", () -> program("haproxy"),
			Proxies::haproxyHttp),

	/**
	 * Pushes connections in turn.
	 */
	NGINX_TCP("nginx, stream, round robin, before JVMs with Netty", Proxies::missingNginx, Proxies::nginxTcp),

	/**
	 * Pushes connections in turn.
	 */
	NODE_CLUSTER("Node cluster, round robin", () -> program("node"), NativePeers::nodeCluster),

	/**
	 * The floor of a hand-off.
	 */
	C_HANDOFF("C, a daemon and workers on one socket pair", () -> program("gcc"), NativePeers::handoff),

	/**
	 * The floor without a hand-off.
	 */
	C_DIRECT("C, workers that accept by themselves (SO_REUSEPORT)", () -> program("gcc"), NativePeers::prefork),

	/**
	 * The way that most would serve.
	 */
	FDWORK_NETTY("fdwork, Netty", Peer::nothing, JvmPeers::fdworkNetty),

	/**
	 * A client is accepted when it has sent something.
	 */
	FDWORK_ON_DATA("fdwork, Netty, accept on data", Peer::nothing, JvmPeers::fdworkOnData),

	/**
	 * No connection passes through the daemon.
	 */
	FDWORK_SHARED("fdwork, Netty, workers that accept by themselves", Peer::nothing, JvmPeers::fdworkShared),

	/**
	 * A thread for each connection.
	 */
	FDWORK_BLOCKING("fdwork, blocking handler on platform threads", Peer::nothing, JvmPeers::fdworkBlocking),

	/**
	 * A virtual thread for each connection.
	 */
	FDWORK_VIRTUAL("fdwork, blocking handler on virtual threads", JvmPeers::missingVirtualThreads,
			JvmPeers::fdworkVirtual),

	/**
	 * A web application.
	 */
	FDWORK_WEBFLUX("fdwork, WebFlux on Reactor Netty", Peer::nothing,
			(contender, setup) -> JvmPeers.fdworkWeb(contender, setup, WebServer.REACTOR_NETTY));

	private final String description;

	private final Supplier<@Nullable String> missing;

	private final Starter starter;

	Peer(String description, Supplier<@Nullable String> missing, Starter starter) {
		this.description = description;
		this.missing = missing;
		this.starter = starter;
	}

	/**
	 * Return what it is called on the command line and in results.
	 */
	String label() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	/**
	 * Return the peer that is called so.
	 */
	static Peer of(String label) {
		return Arrays.stream(values())
			.filter((peer) -> peer.label().equals(label))
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException("There is no peer " + label));
	}

	String description() {
		return this.description;
	}

	/**
	 * Return what it needs and is not there, {@code null} if nothing is missing.
	 */
	@Nullable String missing() {
		return this.missing.get();
	}

	/**
	 * Start its processes, and wait until they serve.
	 * @param name what it is called in results
	 * @param setup how it is set up
	 */
	Contender start(String name, Setup setup) throws IOException {
		return Contender.start(name, (contender) -> this.starter.start(contender, setup));
	}

	private static @Nullable String nothing() {
		return null;
	}

	private static @Nullable String program(String name) {
		return (Command.exists(name)) ? null : "no " + name;
	}

	/**
	 * Starts the processes of a peer.
	 */
	@FunctionalInterface
	private interface Starter {

		void start(Contender contender, Setup setup) throws IOException;

	}

}
