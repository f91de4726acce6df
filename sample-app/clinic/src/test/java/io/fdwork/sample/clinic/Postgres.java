package io.fdwork.sample.clinic;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.fdwork.sample.fixture.Ports;

import org.springframework.util.FileSystemUtils;

/**
 * A PostgreSQL server with an empty database, in a temporary directory and on a port of
 * its own. Closing it ends the server.
 */
final class Postgres implements AutoCloseable {

	// Where Debian has the programs, by version
	private static final Path VERSIONS = Path.of("/usr/lib/postgresql");

	// Who may run the server: root may not
	private static final String USER = "postgres";

	private static final boolean ROOT = System.getProperty("user.name").equals("root");

	private final Path programs = programs().orElseThrow();

	private final Path directory = Files.createTempDirectory("fdwork-postgres");

	private final Path data = this.directory.resolve("data");

	private final int port = Ports.free();

	Postgres() throws IOException {
		if (ROOT) {
			Files.setOwner(this.directory,
					this.directory.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(USER));
		}
		try {
			run("initdb", "--auth=trust", "--username=" + USER, "--no-sync");
			run("pg_ctl", "start", "--wait", "--log=" + this.directory.resolve("server.log"), "--options=-p "
					+ this.port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off");
		}
		catch (IOException ex) {
			close();
			throw ex;
		}
	}

	/**
	 * Return whether it can be started here.
	 */
	static boolean isInstalled() throws IOException {
		return programs().isPresent();
	}

	private static Optional<Path> programs() throws IOException {
		if (!Files.isDirectory(VERSIONS)) {
			return Optional.empty();
		}
		try (Stream<Path> versions = Files.list(VERSIONS)) {
			return versions.map((version) -> version.resolve("bin"))
				.filter((programs) -> Files.isExecutable(programs.resolve("initdb")))
				.max(Comparator.naturalOrder());
		}
	}

	private void run(String program, String... arguments) throws IOException {
		List<String> command = new ArrayList<>();
		if (ROOT) {
			command.addAll(List.of("runuser", "-u", USER, "--"));
		}
		command.add(this.programs.resolve(program).toString());
		command.addAll(List.of(arguments));
		command.add("--pgdata=" + this.data);
		Path output = this.directory.resolve(program + ".log");
		Process process = new ProcessBuilder(command).directory(this.directory.toFile())
			.redirectErrorStream(true)
			.redirectOutput(output.toFile())
			.start();
		try {
			if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
				throw new IOException(command + " failed:\n" + Files.readString(output));
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
		finally {
			process.destroyForcibly();
		}
	}

	/**
	 * Return what an application is started with to use this database. The names of its
	 * connections end with its pid.
	 */
	List<String> arguments() {
		return List.of("--spring.datasource.url=" + url() + "?ApplicationName=clinic-${PID}",
				"--spring.datasource.username=" + USER);
	}

	private String url() {
		return "jdbc:postgresql://127.0.0.1:" + this.port + "/postgres";
	}

	/**
	 * Return how many connections a process has.
	 */
	int connections(long pid) throws SQLException {
		return count("pg_stat_activity where application_name = 'clinic-" + pid + "'");
	}

	/**
	 * Return how many rows there are.
	 * @param from the tables and the condition, as they follow {@code from}
	 */
	int count(String from) throws SQLException {
		try (Connection connection = DriverManager.getConnection(url(), USER, "");
				Statement statement = connection.createStatement();
				ResultSet result = statement.executeQuery("select count(*) from " + from)) {
			result.next();
			return result.getInt(1);
		}
	}

	@Override
	public void close() throws IOException {
		try {
			if (Files.exists(this.data.resolve("postmaster.pid"))) {
				run("pg_ctl", "stop", "--mode=immediate");
			}
		}
		finally {
			FileSystemUtils.deleteRecursively(this.directory);
		}
	}

}
