package io.fdwork.autoconfigure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;

/**
 * Obeys the signals that an operator or a supervisor sends, as the role wants it. A
 * SIGTERM that was obeyed ends the JVM with 0: by default it exits with 143 even when the
 * application stopped as it should, and a supervisor cannot tell that from a failure.
 */
final class Signals implements SmartLifecycle {

	private static final Logger logger = LoggerFactory.getLogger(Signals.class);

	/**
	 * What the JDK adds to the number of a signal.
	 */
	private static final int EXIT_BASE = 128;

	// There are no handlers but those of the JVM
	private static final AtomicBoolean installed = new AtomicBoolean();

	private static volatile @Nullable Signals current;

	private final int phase;

	private final Response response;

	private final boolean terminal;

	private final IntConsumer exit;

	private final AtomicBoolean ending = new AtomicBoolean();

	/**
	 * Create the signals of a role.
	 * @param phase from when to when they are obeyed
	 * @param response what the role does
	 */
	Signals(int phase, Response response) {
		this(phase, response, hasTerminal(), System::exit);
	}

	Signals(int phase, Response response, boolean terminal, IntConsumer exit) {
		this.phase = phase;
		this.response = response;
		this.terminal = terminal;
		this.exit = exit;
	}

	/**
	 * End the JVM as a SIGTERM does, on a thread of its own, unless a signal has told it
	 * to end already.
	 */
	static void exit() {
		Signals signals = current;
		if (signals == null || signals.ending.compareAndSet(false, true)) {
			new Thread(() -> System.exit(0), "fdwork-exit").start();
		}
	}

	@Override
	public void start() {
		current = this;
		if (installed.compareAndSet(false, true)) {
			install("TERM");
			install("INT");
			install("HUP");
		}
	}

	private static void install(String name) {
		try {
			// Not imported: Javadoc reads imports only, and would warn of this one. What
			// is ignored, as SIGHUP under nohup(1), the JVM goes on ignoring
			sun.misc.Signal.handle(new sun.misc.Signal(name), (signal) -> dispatch(name, signal.getNumber()));
		}
		catch (IllegalArgumentException ex) {
			// The JVM was started with -Xrs
			logger.debug("SIG{} stays with the JVM", name, ex);
		}
	}

	// On a thread that the JVM starts for each signal
	private static void dispatch(String name, int number) {
		Signals signals = current;
		if (signals != null) {
			signals.received(name, number);
		}
		else {
			System.exit(exitCode(name, number));
		}
	}

	void received(String name, int number) {
		if (name.equals("HUP") && !this.terminal) {
			this.response.hungUp();
		}
		else {
			end(exitCode(name, number));
		}
	}

	private static int exitCode(String name, int number) {
		return (name.equals("TERM")) ? 0 : EXIT_BASE + number;
	}

	private void end(int code) {
		if (!this.ending.compareAndSet(false, true)) {
			this.response.toldAgain();
			return;
		}
		try {
			this.response.awaitEnd();
		}
		finally {
			this.exit.accept(code);
		}
	}

	/**
	 * Return whether the JVM was started from a terminal, which sends SIGHUP when it is
	 * closed.
	 */
	private static boolean hasTerminal() {
		try {
			return hasTerminal(Files.readString(Path.of("/proc/self/stat"), StandardCharsets.ISO_8859_1));
		}
		catch (IOException ex) {
			logger.debug("Taking SIGHUP for that of a terminal", ex);
			return true;
		}
	}

	static boolean hasTerminal(String stat) {
		// pid (command) state ppid pgrp session tty_nr ..., where the command may
		// have parentheses (proc_pid_stat(5))
		return !stat.substring(stat.lastIndexOf(')') + 2).split(" ")[4].equals("0");
	}

	@Override
	public void stop() {
		if (current == this) {
			current = null;
		}
	}

	@Override
	public boolean isRunning() {
		return current == this;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

	@Override
	public int getPhase() {
		return this.phase;
	}

	/**
	 * What a role does about signals. Called on threads that may wait.
	 */
	interface Response {

		/**
		 * The process was told to end by SIGTERM, by SIGINT, or by the end of its
		 * terminal. Return when it may.
		 */
		void awaitEnd();

		/**
		 * It was told so once more.
		 */
		void toldAgain();

		/**
		 * A SIGHUP has come that is not from the end of a terminal.
		 */
		void hungUp();

	}

}
