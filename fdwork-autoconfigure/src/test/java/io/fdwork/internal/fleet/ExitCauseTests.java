package io.fdwork.internal.fleet;

import java.util.List;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ExitCause}.
 */
class ExitCauseTests {

	private static final String[] STACK_TRACE = {
			"2026-01-31T12:00:00.123Z ERROR 4711 --- [           main] o.s.boot.SpringApplication : Application run failed",
			"", "org.springframework.beans.factory.BeanCreationException: Error creating bean with name 'a'",
			"\tat a.B.c(B.java:1) ~[app.jar!/:1]", "Caused by: java.lang.IllegalStateException: The database is away",
			"\tat a.B.d(B.java:2) ~[app.jar!/:1]", "\t... 7 common frames omitted" };

	@Test
	void shouldBelieveWhatTheWorkerHasNoted() {
		assertThat(ExitCause.of("The port\n\tis taken ", 1, null, List.of(STACK_TRACE))).isEqualTo("The port is taken");
		assertThat(ExitCause.of("It hangs", null, 9, List.of())).isEqualTo("It hangs");
	}

	@Test
	void shouldFindInnermostCauseOfStackTrace() {
		assertThat(of(STACK_TRACE)).isEqualTo("java.lang.IllegalStateException: The database is away");
		assertThat(of("Exception in thread \"main\" java.lang.IllegalArgumentException: No name",
				"\tat a.B.main(B.java:1)"))
			.isEqualTo("java.lang.IllegalArgumentException: No name");
		assertThat(of("java.lang.StackOverflowError", "\tat a.B.main(B.java:1)"))
			.isEqualTo("java.lang.StackOverflowError");
	}

	@Test
	void shouldFindDescriptionOfAnalysis() {
		assertThat(of("***************************", "APPLICATION FAILED TO START", "***************************", "",
				"Description:", "", "Failed to bind properties under 'a.b':", "", "    Value: \"c\"", "", "Action:", "",
				"Update your application's configuration"))
			.isEqualTo("Failed to bind properties under 'a.b': Value: \"c\"");
	}

	@Test
	void shouldFindWhyTheMachineDoesNotBegin() {
		assertThat(of("Picked up JAVA_TOOL_OPTIONS: -Xmx1k", "Error occurred during initialization of VM",
				"Too small maximum heap"))
			.isEqualTo("Error occurred during initialization of VM: Too small maximum heap");
		assertThat(of("Unrecognized VM option 'UseNothing'", "Error: Could not create the Java Virtual Machine.",
				"Error: A fatal exception has occurred. Program will exit."))
			.isEqualTo("Unrecognized VM option 'UseNothing'");
		assertThat(of("Error: Invalid or corrupt jarfile /srv/app.jar"))
			.isEqualTo("Error: Invalid or corrupt jarfile /srv/app.jar");
		assertThat(
				of("Error: Could not find or load main class a.B", "Caused by: java.lang.ClassNotFoundException: a.B"))
			.startsWith("Error: Could not find or load main class a.B");
		assertThat(of("Error: LinkageError occurred while loading main class a.B",
				"\tjava.lang.UnsupportedClassVersionError: a/B has been compiled by a more recent version"))
			.contains("loading main class a.B", "compiled by a more recent version");
	}

	@Test
	void shouldFindWhatTheMachineEndsWith() {
		assertThat(of("Serving", "Terminating due to java.lang.OutOfMemoryError: Java heap space", "Closed"))
			.isEqualTo("java.lang.OutOfMemoryError: Java heap space");
		assertThat(ExitCause.of(null, null, 6,
				List.of("#", "# A fatal error has been detected by the Java Runtime Environment:", "#",
						"#  SIGSEGV (0xb) at pc=0x7f, pid=1, tid=2", "#", "# JRE version: 17")))
			.isEqualTo(
					"A fatal error has been detected by the Java Runtime Environment: SIGSEGV (0xb) at pc=0x7f, pid=1, tid=2");
	}

	@Test
	void shouldFindWhyMachineHasAborted() {
		String[] lines = { "FATAL ERROR in native method: processing of -javaagent failed, processJavaStart failed",
				"Native frames: (J=compiled Java code, j=interpreted, Vv=VM code, C=native code)",
				"C  [libjli.so+0x7b49]  ThreadJavaMain+0x9", "" };
		assertThat(ExitCause.of(null, null, 6, List.of(lines))).isEqualTo(lines[0]);
		assertThat(ExitCause.of(null, null, 6,
				List.of("Caused by: java.net.BindException: Address already in use",
						"\tat sun.nio.ch.Net.bind0(Native Method)", lines[0], lines[1], lines[2])))
			.isEqualTo("java.net.BindException: Address already in use");
	}

	@Test
	void shouldFallBackToTheLastLineThatMaySayIt() {
		assertThat(of("No licence", "   ", "{\"@timestamp\":\"now\"}")).isEqualTo("No licence");
		assertThat(of("2026-01-31T12:00:00.123Z ERROR 4711 --- [           main] a.B : No licence",
				"2026-01-31T12:00:00.223Z  INFO 4711 --- [           main] a.B : Closed"))
			.contains("No licence");
		assertThat(of()).isNull();
	}

	@Test
	void shouldNotTakeOutputForTheCauseWhenProcessWasKilledOrExitedWithZero() {
		assertThat(ExitCause.of(null, null, 9, List.of(STACK_TRACE))).isNull();
		assertThat(ExitCause.of(null, 0, null, List.of("Done"))).isNull();
		assertThat(ExitCause.of(null, null, null, List.of("Done"))).isNull();
	}

	@Test
	void shouldBeShort() {
		assertThat(of("x".repeat(2_000))).hasSizeLessThan(600);
	}

	private static @Nullable String of(String... lastLines) {
		return ExitCause.of(null, 1, null, List.of(lastLines));
	}

}
