package io.fdwork.internal.fleet;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

import io.fdwork.internal.archive.StartupArchive;
import io.fdwork.internal.systemd.Systemd;
import io.fdwork.internal.wire.Membership;
import org.jspecify.annotations.Nullable;

/**
 * Starts workers as JVMs.
 */
final class JvmLauncher implements WorkerLauncher {

	private final WorkerCommand command;

	private final OutputFiles outputFiles;

	private final @Nullable StartupArchive archive;

	JvmLauncher(WorkerCommand command, Path directory) {
		this.command = command;
		this.outputFiles = new OutputFiles(directory.resolve("output"));
		this.archive = (command.archive()) ? new StartupArchive(directory.resolve("archives"), StartupArchive.ownJar())
				: null;
	}

	@Override
	public @Nullable Path resolve(@Nullable Path jar) throws IOException {
		Path path = (jar != null) ? jar : this.command.jar();
		if (path == null) {
			return null;
		}
		Path real = path.toRealPath();
		if (!Files.isRegularFile(real)) {
			throw new NoSuchFileException(path.toString(), null, "not a file");
		}
		return real;
	}

	@Override
	public WorkerProcess launch(@Nullable Path jar, Membership membership) throws IOException {
		ProcessBuilder builder = new ProcessBuilder(line(jar));
		// What the daemon was told by systemd is not for its workers
		builder.environment().keySet().removeAll(Systemd.VARIABLES);
		builder.environment().putAll(this.command.environment());
		membership.addTo(builder.environment());
		Path directory = this.command.workingDirectory();
		if (directory != null) {
			builder.directory(directory.toFile());
		}
		builder.redirectInput(new File("/dev/null")).redirectErrorStream(true);
		return switch (this.command.output()) {
			case LOG -> followed(builder.start(),
					(this.command.jsonConsole()) ? RelayedOutput.Untouched.JSON : RelayedOutput.Untouched.NONE);
			case PASS_THROUGH -> followed(builder.start(), RelayedOutput.Untouched.ALL);
			case FILE -> this.outputFiles.start(builder, membership.generation());
		};
	}

	private static WorkerProcess followed(Process process, RelayedOutput.Untouched untouched) throws IOException {
		try {
			return new StartedProcess(process, RelayedOutput.of(process, untouched));
		}
		catch (RuntimeException | Error ex) {
			// No thread is left, for instance: nobody would know of the process
			process.destroyForcibly();
			throw new IOException("The output of pid " + process.pid() + " cannot be read", ex);
		}
	}

	private List<String> line(@Nullable Path jar) {
		List<String> jvmArguments = this.command.allJvmArguments();
		if (jar == null || this.archive == null) {
			return this.command.line(jvmArguments, jar);
		}
		StartupArchive.Launch launch = this.archive.launch(this.command.javaHome(), jar, jvmArguments);
		return this.command.line(launch.jvmArguments(), launch.jar());
	}

	@Override
	public void ready(@Nullable Path jar) {
		if (jar != null && this.archive != null) {
			this.archive.train(this.command.javaHome(), jar, this.command.allJvmArguments(), this.command.arguments());
		}
	}

	@Override
	public void close() {
		if (this.archive != null) {
			this.archive.close();
		}
	}

}
