package io.fdwork.autoconfigure;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

import io.fdwork.internal.archive.StartupArchive;
import io.fdwork.internal.fleet.WorkerCommand;

/**
 * Makes the command of the workers out of that of this process: the same JDK, jar and
 * arguments, in the other role.
 */
final class WorkerCommandFactory {

	/**
	 * Arguments that two JVMs of a machine cannot both have, or that are about the daemon
	 * alone.
	 */
	private static final List<String> NOT_FOR_WORKERS = List.of("-agentlib:jdwp", "-Xrunjdwp",
			"-Dcom.sun.management.jmxremote.port", "-XX:ArchiveClassesAtExit", "-XX:AOTCacheOutput",
			"-XX:SharedArchiveFile", "-XX:AOTCache", "-Dfdwork.role=", "-Dfdwork.daemon.", "--fdwork.role=",
			"--fdwork.directory=", "--fdwork.daemon.", "--fdwork.worker.name=");

	private static final String ORIGINAL_JAR = "-D" + StartupArchive.ORIGINAL_JAR + "=";

	/**
	 * Arguments that use an archive, besides those that are never for workers.
	 */
	private static final List<String> OF_THE_ARCHIVE = List.of("-Xshare:auto", "-Xlog:cds*=off", "-Xlog:aot*=off");

	private static final String MANAGEMENT_PORT = "--management.server.port=";

	private static final String BANNER_MODE = "spring.main.banner-mode";

	private final FdworkProperties properties;

	private final List<String> ownArguments;

	private final Map<String, String> ownEnvironment;

	WorkerCommandFactory(FdworkProperties properties, List<String> ownArguments) {
		this(properties, ownArguments, System.getenv());
	}

	WorkerCommandFactory(FdworkProperties properties, List<String> ownArguments, Map<String, String> ownEnvironment) {
		this.properties = properties;
		this.ownArguments = ownArguments;
		this.ownEnvironment = ownEnvironment;
	}

	/**
	 * Make the command.
	 * @param jsonConsole whether the daemon logs JSON to its standard output
	 */
	WorkerCommand create(boolean jsonConsole) {
		FdworkProperties.Fleet fleet = this.properties.getDaemon().getFleet();
		String classPath = System.getProperty("java.class.path");
		String program = System.getProperty("sun.java.command", "");
		Path jar = (fleet.getJar() != null) ? fleet.getJar() : StartupArchive.ownJar();
		Path javaHome = (fleet.getJavaHome() != null) ? fleet.getJavaHome() : Path.of(System.getProperty("java.home"));
		List<String> jvmArguments = (fleet.getJvmArguments() != null) ? fleet.getJvmArguments()
				: inherited(ManagementFactory.getRuntimeMXBean().getInputArguments());
		return new WorkerCommand(javaHome, jar, classPath, program.split(" ", 2)[0], jvmArguments,
				arguments(fleet, jvmArguments), fleet.getEnvironment(), fleet.getWorkingDirectory(), fleet.getOutput(),
				jsonConsole, fleet.isCdsArchive());
	}

	private List<String> arguments(FdworkProperties.Fleet fleet, List<String> jvmArguments) {
		List<String> arguments = new ArrayList<>();
		if (fleet.getArguments() != null) {
			arguments.addAll(forWorkers(fleet.getArguments()));
		}
		else {
			arguments.addAll(forWorkers(this.ownArguments));
			arguments.removeIf((argument) -> argument.startsWith(MANAGEMENT_PORT));
		}
		arguments.add("--fdwork.role=worker");
		arguments.add("--fdwork.directory=" + this.properties.directoryOrDefault().toAbsolutePath());
		if (arguments.stream().noneMatch((argument) -> argument.startsWith(MANAGEMENT_PORT))) {
			arguments.add(MANAGEMENT_PORT + "-1");
		}
		// In the log of the daemon it would be ten lines for each worker
		if (Stream.of(arguments, jvmArguments, fleet.getEnvironment().keySet(), this.ownEnvironment.keySet())
			.flatMap(Collection::stream)
			.noneMatch(WorkerCommandFactory::isBannerMode)) {
			arguments.add("--" + BANNER_MODE + "=off");
		}
		return List.copyOf(arguments);
	}

	/**
	 * Return whether an argument, or the name of a variable, is about the banner, in any
	 * of the ways in which Spring Boot lets a property be written.
	 */
	private static boolean isBannerMode(String argument) {
		String name = argument.replaceFirst("^(--|-D)", "").split("=", 2)[0];
		return uniform(name).equals(uniform(BANNER_MODE));
	}

	private static String uniform(String name) {
		return name.replaceAll("[-_.]", "").toLowerCase(Locale.ROOT);
	}

	/**
	 * Return what workers inherit, which is the same whether or not the daemon has
	 * started from an archive: theirs is chosen for each of them.
	 */
	static List<String> inherited(List<String> jvmArguments) {
		boolean archived = jvmArguments.stream().anyMatch((argument) -> argument.startsWith(ORIGINAL_JAR));
		return forWorkers(jvmArguments).stream()
			.filter((argument) -> !archived || !isOfArchivedDaemon(argument))
			.toList();
	}

	private static boolean isOfArchivedDaemon(String argument) {
		return OF_THE_ARCHIVE.contains(argument) || StartupArchive.DAEMON_OPTIONS.contains(argument)
				|| argument.startsWith(ORIGINAL_JAR);
	}

	private static List<String> forWorkers(List<String> arguments) {
		return arguments.stream()
			.filter((argument) -> NOT_FOR_WORKERS.stream().noneMatch(argument::startsWith))
			.toList();
	}

}
