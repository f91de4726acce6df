package io.fdwork.internal.serve.web;

import java.io.File;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.SpringApplication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.contentOf;

/**
 * Tests that a worker says what it needs when the JDK's channels cannot be had. This JVM
 * has them, so others are started.
 */
class ClosedJdkTests {

	@TempDir
	private Path temp;

	@ParameterizedTest
	@EnumSource(names = { "TOMCAT", "JETTY" })
	void shouldGiveArgumentWhenJdkIsClosed(WebServerType server) throws Exception {
		File output = this.temp.resolve("output").toFile();
		Process process = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-cp",
				System.getProperty("java.class.path"), "-XX:TieredStopAtLevel=1", ClosedJdkTests.class.getName(),
				server.name(), "--fdwork.role=worker", "--fdwork.directory=" + this.temp.resolve("d"),
				"--spring.autoconfigure.exclude=" + server.exclude(), "--spring.main.web-application-type=servlet")
			.redirectErrorStream(true)
			.redirectOutput(output)
			.start();
		try {
			assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
			assertThat(process.exitValue()).isNotZero();
			assertThat(contentOf(output)).contains("APPLICATION FAILED TO START",
					"--add-opens java.base/sun.nio.ch=ALL-UNNAMED", "Add-Opens: java.base/sun.nio.ch");
		}
		finally {
			process.destroyForcibly();
		}
	}

	/**
	 * Start a worker.
	 * @param args the server, and the arguments of the application
	 */
	public static void main(String[] args) {
		SpringApplication.run(WebServerType.valueOf(args[0]).application(), args);
	}

}
