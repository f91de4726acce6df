package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import io.fdwork.internal.archive.StartupArchive;
import io.fdwork.internal.wire.FailureNote;
import io.fdwork.internal.wire.Membership;
import org.jspecify.annotations.Nullable;

/**
 * Starts workers as JVMs.
 */
final class JvmLauncher implements WorkerLauncher {

	private final WorkerCommand command;

	private final OutputFiles outputFiles;

	private final Path failures;

	private final @Nullable StartupArchive archive;

	JvmLauncher(WorkerCommand command, Path directory, Consumer<Runnable> log) {
		this.command = command;
		this.outputFiles = new OutputFiles(directory.resolve("output"));
		this.failures = directory.resolve("failures");
		FailureNote.deleteAll(this.failures);
		Path archives = command.archives();
		this.archive = (archives != null) ? new StartupArchive(archives, command.jvm(), StartupArchive.ownJar(), log)
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
		List<String> jvmArguments = this.command.allJvmArguments();
		Path runnable = jar;
		if (jar != null && this.archive != null) {
			StartupArchive.Launch launch = this.archive.launch(jar, jvmArguments);
			jvmArguments = launch.jvmArguments();
			runnable = launch.jar();
		}
		ProcessBuilder builder = this.command.jvm().builder(this.command.words(jvmArguments, runnable));
		membership.addTo(builder.environment());
		FailureNote failureNote = FailureNote.create(this.failures);
		failureNote.addTo(builder.environment());
		KnownCause.Jvm jvm = new KnownCause.Jvm(jvmArguments, Map.copyOf(builder.environment()), runnable);
		return switch (this.command.output()) {
			case LOG -> followed(builder, failureNote, jvm,
					(this.command.jsonConsole()) ? RelayedOutput.Untouched.JSON : RelayedOutput.Untouched.NONE);
			case PASS_THROUGH -> followed(builder, failureNote, jvm, RelayedOutput.Untouched.ALL);
			case FILE -> {
				OutputFiles.Started started = this.outputFiles.start(builder, membership.generation(),
						this.command.jvm()::start);
				yield new StartedProcess(started.process(), failureNote, jvm, started.tail());
			}
		};
	}

	private WorkerProcess followed(ProcessBuilder builder, FailureNote failureNote, KnownCause.Jvm jvm,
			RelayedOutput.Untouched untouched) throws IOException {
		Process process = this.command.jvm().start(builder);
		try {
			return new StartedProcess(process, failureNote, jvm, RelayedOutput.of(process, untouched));
		}
		catch (RuntimeException | Error ex) {
			// No thread is left, for instance: nobody would know of the process
			process.destroyForcibly();
			throw new IOException("The output of pid " + process.pid() + " cannot be read: " + ex.getMessage(), ex);
		}
	}

	@Override
	public void calm(@Nullable Path jar) {
		if (jar != null && this.archive != null) {
			this.archive.train(jar, this.command.allJvmArguments(), this.command.trainingArguments());
		}
	}

	@Override
	public void busy() {
		if (this.archive != null) {
			this.archive.cancel();
		}
	}

	@Override
	public void close() {
		if (this.archive != null) {
			this.archive.close();
		}
	}

}
