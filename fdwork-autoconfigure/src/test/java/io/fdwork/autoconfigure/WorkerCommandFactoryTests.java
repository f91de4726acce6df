package io.fdwork.autoconfigure;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import io.fdwork.fleet.WorkerOutput;
import io.fdwork.internal.archive.StartupArchive;
import io.fdwork.internal.fleet.WorkerCommand;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link WorkerCommandFactory}.
 */
class WorkerCommandFactoryTests {

	private static final String CLASS_PATH = "java.class.path";

	private static final String PROGRAM = "sun.java.command";

	private static final String BANNER_OFF = "--spring.main.banner-mode=off";

	private final FdworkProperties properties = new FdworkProperties();

	private final FdworkProperties.Fleet fleet = this.properties.getDaemon().getFleet();

	private String classPath;

	private String program;

	@BeforeEach
	void runMainClass() {
		this.classPath = System.getProperty(CLASS_PATH);
		this.program = System.getProperty(PROGRAM);
		this.properties.setDirectory(Path.of("/run/fdwork"));
		this.properties.setApplication("shop");
		run("/app/classes:/app/lib.jar", "com.example.Application --server.port=80");
	}

	@AfterEach
	void restore() {
		run(this.classPath, this.program);
	}

	private static void run(String classPath, String program) {
		System.setProperty(CLASS_PATH, classPath);
		System.setProperty(PROGRAM, program);
	}

	@Test
	void shouldRunMainClassWhenDaemonDoes() throws IOException {
		WorkerCommand command = create();
		assertThat(command.jar()).isNull();
		assertThat(command.classPath()).isEqualTo("/app/classes:/app/lib.jar");
		assertThat(command.mainClass()).isEqualTo("com.example.Application");
		assertThat(command.jvm().javaHome()).isEqualTo(Path.of(System.getProperty("java.home")));
		assertThat(command.jvm().workingDirectory()).isEqualTo(Path.of("").toRealPath());
		assertThat(command.jvm().environment()).isEmpty();
		assertThat(command.output()).isEqualTo(WorkerOutput.LOG);
	}

	@Test
	void shouldRunMainClassWhenTheClassPathIsOneJar() {
		run("/app/lib.jar", "com.example.Application");
		assertThat(create().jar()).isNull();
		assertThat(create().mainClass()).isEqualTo("com.example.Application");
	}

	@Test
	void shouldRunJarWhenDaemonDoes() {
		run("/app/my app.jar", "/app/my app.jar --server.port=80");
		assertThat(create().jar()).isEqualTo(Path.of("/app/my app.jar"));
	}

	@Test
	void shouldRunJarWhenDaemonRunsWhatWasExtractedFromIt() {
		run("/run/fdwork/archives/0/application/app.jar",
				"/run/fdwork/archives/0/application/app.jar --server.port=80");
		System.setProperty(StartupArchive.ORIGINAL_JAR, "/app/app.jar");
		try {
			assertThat(create().jar()).isEqualTo(Path.of("/app/app.jar"));
		}
		finally {
			System.clearProperty(StartupArchive.ORIGINAL_JAR);
		}
	}

	@Test
	void shouldNotInheritWhatIsMarkedAsOfDaemon() {
		assertThat(WorkerCommandFactory.inherited(List.of("-Xms1g", "-Dfdwork.daemon.jvm=begin", "-Xmx64m",
				"-XX:+UseSerialGC", "-Dfdwork.daemon.jvm=end", "-Da=b", "-Dfdwork.daemon.jvm=begin", "-Xss512k")))
			.containsExactly("-Xms1g", "-Da=b");
	}

	@Test
	void shouldInheritTheSameWhetherOrNotDaemonHasStartedFromArchive() {
		assertThat(WorkerCommandFactory.inherited(List.of("-Xmx64m", "-XX:+IgnoreUnrecognizedVMOptions",
				"-XX:Tier3DelayOn=0", "-XX:Tier4InvocationThreshold=50000", "-XX:Tier4MinInvocationThreshold=6000",
				"-XX:Tier4CompileThreshold=150000", "-XX:SharedArchiveFile=/run/fdwork/archives/0/startup.jsa",
				"-Xshare:auto", "-Xlog:cds*=off", "-Dfdwork.archive.jar=/app/app.jar")))
			.containsExactly("-Xmx64m");
		assertThat(WorkerCommandFactory.inherited(List.of("-Xmx64m", "-XX:+IgnoreUnrecognizedVMOptions",
				"-XX:AOTCache=/run/fdwork/archives/0/startup.aot", "-Xlog:aot*=off",
				"-Dfdwork.archive.jar=/app/app.jar")))
			.containsExactly("-Xmx64m");
		assertThat(WorkerCommandFactory.inherited(List.of("-Xshare:auto"))).containsExactly("-Xshare:auto");
	}

	@Test
	void shouldRunWhatIsConfigured() {
		run("/app/app.jar", "/app/app.jar");
		this.fleet.setJar(Path.of("/current/app.jar"));
		this.fleet.setJavaHome(Path.of("/jdk"));
		this.fleet.setJvmArguments(List.of("-Xmx64m", "-agentlib:jdwp=of,the,worker"));
		this.fleet.getEnvironment().put("NAME", "value");
		this.fleet.setWorkingDirectory(Path.of("/work"));
		this.fleet.setOutput(WorkerOutput.FILE);
		WorkerCommand command = create();
		assertThat(command.jar()).isEqualTo(Path.of("/current/app.jar"));
		assertThat(command.jvm().javaHome()).isEqualTo(Path.of("/jdk"));
		assertThat(command.jvmArguments()).containsExactly("-Xmx64m", "-agentlib:jdwp=of,the,worker");
		assertThat(command.jvm().environment()).isEqualTo(Map.of("NAME", "value"));
		assertThat(command.jvm().workingDirectory()).isEqualTo(Path.of("/work"));
		assertThat(command.output()).isEqualTo(WorkerOutput.FILE);
	}

	@Test
	void shouldTakeArgumentsOfDaemonThatAreForWorkersToo() {
		assertThat(create("--server.port=80", "--fdwork.role=daemon", "--fdwork.directory=elsewhere",
				"--fdwork.application=other", "--fdwork.daemon.fleet.max=2",
				"--fdwork.daemon.queues.default.capacity=16", "--fdwork.worker.concurrency=3",
				"--management.server.port=9000", "word")
			.arguments()).containsExactly("--server.port=80", "--fdwork.worker.concurrency=3", "word",
					"--fdwork.role=worker", "--fdwork.application=shop", "--fdwork.directory=/run/fdwork",
					"--management.server.port=-1", BANNER_OFF);
	}

	@Test
	void shouldTrainWithFewConnectionsAndWhatIsConfigured() {
		String pool = "spring.datasource.hikari.";
		this.properties.getDaemon()
			.getFleet()
			.setArguments(List.of("--a=b", "--" + pool + "maximumPoolSize=50", "--spring.flyway.enabled=true",
					"--twice=1", "--twice=2"));
		assertThat(create().trainingArguments())
			.contains("--a=b", "--twice=1", "--twice=2", "--fdwork.role=worker", "--spring.flyway.enabled=true",
					"--" + pool + "maximum-pool-size=2", "--" + pool + "minimum-idle=0")
			.doesNotContain("--" + pool + "maximumPoolSize=50");
		this.properties.getDaemon()
			.getFleet()
			.setTrainingArguments(List.of("--spring.flyway.enabled=false", "--" + pool + "maximum-pool-size=4"));
		assertThat(create().trainingArguments())
			.contains("--spring.flyway.enabled=false", "--" + pool + "maximum-pool-size=4",
					"--" + pool + "minimum-idle=0", "--a=b")
			.doesNotContain("--spring.flyway.enabled=true", "--" + pool + "maximum-pool-size=2");
		assertThat(create().arguments()).as("those of workers").contains("--" + pool + "maximumPoolSize=50");
	}

	@Test
	void shouldTakeConfiguredArgumentsInsteadOfThoseOfDaemon() {
		this.fleet.setArguments(
				List.of("--management.server.port=0", "--fdwork.role=daemon", "--spring.profiles.active=worker"));
		assertThat(create("--server.port=80").arguments()).containsExactly("--management.server.port=0",
				"--spring.profiles.active=worker", "--fdwork.role=worker", "--fdwork.application=shop",
				"--fdwork.directory=/run/fdwork", BANNER_OFF);
	}

	@Test
	void shouldLeaveEndpointsWhereClientsAreWhenApplicationHasThemThere() {
		assertThat(create(false, "--management.server.port=80", "--server.port=80").arguments())
			.containsOnlyOnce("--management.server.port=80")
			.doesNotContain("--management.server.port=-1");
		assertThat(create(false, "--server.port=80").arguments())
			.noneMatch((argument) -> argument.startsWith("--management.server.port"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "--spring.main.banner-mode=log", "--spring.main.bannerMode=log" })
	void shouldLeaveBannerWhenArgumentIsAboutIt(String argument) {
		assertThat(create(argument).arguments()).contains(argument).doesNotContain(BANNER_OFF);
		this.fleet.setArguments(List.of(argument));
		assertThat(create().arguments()).contains(argument).doesNotContain(BANNER_OFF);
	}

	@Test
	void shouldLeaveBannerWhenJvmArgumentIsAboutIt() {
		this.fleet.setJvmArguments(List.of("-Dspring.main.banner-mode=log"));
		assertThat(create().arguments()).doesNotContain(BANNER_OFF);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SPRING_MAIN_BANNERMODE", "SPRING_MAIN_BANNER_MODE", "spring.main.banner-mode" })
	void shouldLeaveBannerWhenVariableIsAboutIt(String name) {
		assertThat(new WorkerCommandFactory(this.properties, List.of(), true, Map.of(name, "log")).create(false)
			.arguments()).doesNotContain(BANNER_OFF);
		this.fleet.getEnvironment().put(name, "log");
		assertThat(create().arguments()).doesNotContain(BANNER_OFF);
	}

	@Test
	void shouldGiveAbsoluteDirectory() {
		this.properties.setDirectory(Path.of("run"));
		this.fleet.setWorkingDirectory(Path.of("/elsewhere"));
		assertThat(create().arguments()).contains("--fdwork.directory=" + Path.of("run").toAbsolutePath());
	}

	@Test
	void shouldTakeArgumentsOfThisJvmThatTwoCanHave() {
		assertThat(create().jvmArguments()).isSubsetOf(ManagementFactory.getRuntimeMXBean().getInputArguments())
			.noneMatch((argument) -> argument.startsWith("-agentlib:jdwp"));
	}

	@Test
	void shouldNotInheritWhatTwoMachinesCannotBothHave() {
		assertThat(WorkerCommandFactory.inherited(List.of("-javaagent:/srv/agent.jar", "-Xmx64m",
				"-agentlib:jdwp=transport=dt_socket,address=5005", "-Dcom.sun.management.jmxremote.port=9010",
				"-Dcom.sun.management.jmxremote.rmi.port=9011", "-XX:+AutoCreateSharedArchive", "-XX:AOTMode=record",
				"-XX:AOTConfiguration=app.conf", "-XX:DumpLoadedClassList=classes")))
			.containsExactly("-javaagent:/srv/agent.jar", "-Xmx64m");
	}

	@Test
	void shouldWithholdVariablesWhoseOptionsAreInherited() {
		assertThat(create().jvm().withheld()).contains("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS",
				"NOTIFY_SOCKET", "FDWORK_FLEET_TOKEN");
		this.fleet.setJvmArguments(List.of("-Xmx64m"));
		assertThat(create().jvm().withheld()).as("nothing brings their options otherwise")
			.doesNotContain("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
			.contains("NOTIFY_SOCKET", "FDWORK_FLEET_TOKEN");
	}

	@Test
	void shouldKeepArchivesBelowTheConfiguredDirectory() {
		assertThat(create().archives()).isEqualTo(Path.of("/run/fdwork/archives"));
		this.fleet.setCdsArchive(false);
		assertThat(create().archives()).isNull();
	}

	private WorkerCommand create(String... ownArguments) {
		return create(true, ownArguments);
	}

	private WorkerCommand create(boolean separateManagement, String... ownArguments) {
		return new WorkerCommandFactory(this.properties, List.of(ownArguments), separateManagement, Map.of())
			.create(false);
	}

}
