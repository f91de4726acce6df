package io.fdwork.internal.launch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The environment of another process, as the kernel knows it (proc_pid_environ(5)).
 */
final class ProcessVariables {

	private static final Logger logger = LoggerFactory.getLogger(ProcessVariables.class);

	private ProcessVariables() {
	}

	/**
	 * Return whether a process was started with a variable.
	 * @param variable name and value, with an equals sign between them
	 */
	static boolean has(long pid, String variable) {
		try {
			String all = Files.readString(Path.of("/proc", String.valueOf(pid), "environ"),
					StandardCharsets.ISO_8859_1);
			return ("\0" + all).contains("\0" + variable + "\0");
		}
		catch (IOException ex) {
			logger.debug("Process {} has gone", pid, ex);
			return false;
		}
	}

}
