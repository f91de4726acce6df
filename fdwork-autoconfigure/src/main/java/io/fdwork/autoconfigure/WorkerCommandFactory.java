package io.fdwork.autoconfigure;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.fdwork.internal.archive.ArchiveLocation;
import io.fdwork.internal.archive.StartupArchive;
import io.fdwork.internal.fleet.WorkerCommand;
import io.fdwork.internal.launch.JvmSetup;
import io.fdwork.internal.systemd.Systemd;
import io.fdwork.internal.wire.Membership;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the command of the workers out of that of this process: the same JDK, jar and
 * arguments, in the other role.
 */
final class WorkerCommandFactory {

	/**
	 * Arguments that two JVMs of a machine cannot both have, or that are about the daemon
	 * alone. Agents are for workers, too, and one that wants a port is named when a
	 * worker cannot have it.
	 */
	private static final List<String> NOT_FOR_WORKERS = List.of("-agentlib:jdwp", "-Xrunjdwp", "-Dcom.sun.management.",
			"-XX:ArchiveClassesAtExit", "-XX:SharedArchiveFile", "-XX:+AutoCreateSharedArchive",
			"-XX:DumpLoadedClassList", "-XX:AOT", "-Dfdwork.role=", "-Dfdwork.daemon.", "--fdwork.role=",
			"--fdwork.directory=", "--fdwork.application=", "--fdwork.daemon.", "--fdwork.worker.name=");

	/**
	 * From where a JVM takes arguments besides its command line.
	 */
	private static final Set<String> OPTION_VARIABLES = Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS",
			"_JAVA_OPTIONS");

	private static final Logger logger = LoggerFactory.getLogger(WorkerCommandFactory.class);

	private static final String ORIGINAL_JAR = "-D" + StartupArchive.ORIGINAL_JAR + "=";

	/**
	 * Arguments that use an archive, besides those that are never for workers.
	 */
	private static final List<String> OF_THE_ARCHIVE = List.of("-Xshare:auto", "-Xlog:cds*=off", "-Xlog:aot*=off");

	/**
	 * A system property that marks, with the values {@code begin} and {@code end}, which
	 * arguments of the JVM no worker inherits.
	 */
	static final String OWN_ARGUMENTS = "fdwork.daemon.jvm";

	private static final String OWN_MARK = "-D" + OWN_ARGUMENTS + "=";

	private static final String MANAGEMENT_PORT = "--management.server.port=";

	/**
	 * For a run that serves nobody: what the application asks its database while it
	 * starts, and not a pool that is filled besides.
	 */
	private static final List<String> FEW_CONNECTIONS = List.of("--spring.datasource.hikari.minimum-idle=0",
			"--spring.datasource.hikari.maximum-pool-size=2");

	private static final String BANNER_MODE = "spring.main.banner-mode";

	private final FdworkProperties properties;

	private final List<String> ownArguments;

	private final Map<String, String> ownEnvironment;

	private final boolean separateManagement;

	/**
	 * Create a factory.
	 * @param properties the properties of the daemon
	 * @param ownArguments the arguments of this process
	 * @param separateManagement whether the endpoints of this application have a port of
	 * their own, or are turned off, so that no worker must show them where clients are
	 */
	WorkerCommandFactory(FdworkProperties properties, List<String> ownArguments, boolean separateManagement) {
		this(properties, ownArguments, separateManagement, System.getenv());
	}

	WorkerCommandFactory(FdworkProperties properties, List<String> ownArguments, boolean separateManagement,
			Map<String, String> ownEnvironment) {
		this.properties = properties;
		this.ownArguments = ownArguments;
		this.separateManagement = separateManagement;
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
		List<String> jvmArguments = (fleet.getJvmArguments() != null) ? fleet.getJvmArguments()
				: inherited(ManagementFactory.getRuntimeMXBean().getInputArguments());
		Path directory = this.properties.directoryOrDefault();
		Path archives = (fleet.isCdsArchive()) ? ArchiveLocation.choose(this.properties.getDirectory(), directory,
				this.ownEnvironment, System.getProperty("user.home")) : null;
		List<String> arguments = arguments(fleet, jvmArguments);
		return new WorkerCommand(setup(fleet), jar, classPath, program.split(" ", 2)[0], jvmArguments, arguments,
				fleet.getOutput(), jsonConsole, forTraining(arguments, fleet.getTrainingArguments()), archives);
	}

	/**
	 * Return the arguments of a worker for a run that serves nobody.
	 * @param training what comes in the place of what is called the same, or besides
	 */
	private static List<String> forTraining(List<String> arguments, List<String> training) {
		List<String> all = with(arguments, FEW_CONNECTIONS);
		return List.copyOf(with(all, training));
	}

	private static List<String> with(List<String> arguments, List<String> others) {
		Set<String> names = others.stream().map(WorkerCommandFactory::uniformName).collect(Collectors.toSet());
		return Stream
			.concat(arguments.stream().filter((argument) -> !names.contains(uniformName(argument))), others.stream())
			.toList();
	}

	private JvmSetup setup(FdworkProperties.Fleet fleet) {
		Path javaHome = (fleet.getJavaHome() != null) ? fleet.getJavaHome() : Path.of(System.getProperty("java.home"));
		Path workingDirectory = (fleet.getWorkingDirectory() != null) ? fleet.getWorkingDirectory()
				: ownWorkingDirectory();
		Set<String> withheld = new HashSet<>(Systemd.VARIABLES);
		withheld.addAll(Membership.VARIABLES);
		if (fleet.getJvmArguments() == null) {
			// The JVM counts what they bring among its arguments, which are inherited
			withheld.addAll(OPTION_VARIABLES);
		}
		return new JvmSetup(javaHome, fleet.getEnvironment(), withheld, workingDirectory);
	}

	/**
	 * Return the working directory of this process by its path: workers start there also
	 * when it has been replaced by another one.
	 */
	private static @Nullable Path ownWorkingDirectory() {
		try {
			return Path.of("/proc/self/cwd").toRealPath();
		}
		catch (IOException ex) {
			logger.warn("The working directory of the daemon is gone, and workers cannot start there. Set "
					+ "fdwork.daemon.fleet.working-directory", ex);
			return null;
		}
	}

	private List<String> arguments(FdworkProperties.Fleet fleet, List<String> jvmArguments) {
		List<String> arguments = new ArrayList<>();
		if (fleet.getArguments() != null) {
			arguments.addAll(forWorkers(fleet.getArguments()));
		}
		else {
			arguments.addAll(forWorkers(this.ownArguments));
			arguments.removeIf((argument) -> this.separateManagement && argument.startsWith(MANAGEMENT_PORT));
		}
		arguments.add("--fdwork.role=worker");
		if (this.properties.getApplication() != null) {
			// A new version may have another name, and belongs to this daemon all the
			// same
			arguments.add("--fdwork.application=" + this.properties.getApplication());
		}
		arguments.add("--fdwork.directory=" + this.properties.directoryOrDefault().toAbsolutePath());
		if (this.separateManagement
				&& arguments.stream().noneMatch((argument) -> argument.startsWith(MANAGEMENT_PORT))) {
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
		return uniformName(argument).equals(uniform(BANNER_MODE));
	}

	private static String uniformName(String argument) {
		return uniform(argument.replaceFirst("^(--|-D)", "").split("=", 2)[0]);
	}

	private static String uniform(String name) {
		return name.replaceAll("[-_.]", "").toLowerCase(Locale.ROOT);
	}

	/**
	 * Return what workers inherit, which is the same whether or not the daemon has
	 * started from an archive: theirs is chosen for each of them.
	 */
	static List<String> inherited(List<String> all) {
		List<String> jvmArguments = withoutOwn(all);
		boolean archived = jvmArguments.stream().anyMatch((argument) -> argument.startsWith(ORIGINAL_JAR));
		return forWorkers(jvmArguments).stream()
			.filter((argument) -> !archived || !isOfArchivedDaemon(argument))
			.toList();
	}

	/**
	 * Return what is not between the marks of what is the daemon's own.
	 */
	private static List<String> withoutOwn(List<String> jvmArguments) {
		List<String> others = new ArrayList<>();
		boolean own = false;
		for (String argument : jvmArguments) {
			if (argument.startsWith(OWN_MARK)) {
				own = argument.equals(OWN_MARK + "begin");
			}
			else if (!own) {
				others.add(argument);
			}
		}
		return others;
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
