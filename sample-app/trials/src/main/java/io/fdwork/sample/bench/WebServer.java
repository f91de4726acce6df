package io.fdwork.sample.bench;

import java.nio.file.Files;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/**
 * A web server that there is a jar of the sample with.
 */
enum WebServer {

	/**
	 * That of WebFlux; its jar is also the one with the Netty pipeline and the blocking
	 * handler.
	 */
	REACTOR_NETTY(""),

	/**
	 * One of MVC.
	 */
	TOMCAT("tomcat"),

	/**
	 * One of MVC.
	 */
	JETTY("jetty");

	/**
	 * The directory {@code sample-app} of this build.
	 */
	static final Path OWN = Path.of("").toAbsolutePath();

	private final String module;

	WebServer(String module) {
		this.module = module;
	}

	/**
	 * Return the jar of the sample.
	 * @param build the directory {@code sample-app} of a build, or a jar, which is that
	 * of whatever web server then
	 */
	Path jar(Path build) {
		return (Files.isDirectory(build)) ? build.resolve(this.module).resolve("target").resolve("sample-app.jar")
				: build;
	}

	/**
	 * Return what this build has not, {@code null} if nothing is missing.
	 */
	@Nullable String missing() {
		return (Files.exists(jar(OWN))) ? null : "no " + OWN.relativize(jar(OWN));
	}

}
