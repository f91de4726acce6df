package io.fdwork.descriptor;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.FileDescriptorCast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The number inside the JDK's {@link FileDescriptor}, where {@code java.base/java.io} is
 * opened to fdwork. It saves the system calls by which junixsocket gets at it.
 */
final class FileDescriptors {

	private static final Logger logger = LoggerFactory.getLogger(FileDescriptors.class);

	private static final int NONE = -1;

	private static final @Nullable VarHandle number = findNumber();

	private FileDescriptors() {
	}

	private static @Nullable VarHandle findNumber() {
		try {
			return MethodHandles.privateLookupIn(FileDescriptor.class, MethodHandles.lookup())
				.findVarHandle(FileDescriptor.class, "fd", int.class);
		}
		catch (ReflectiveOperationException ex) {
			logger.debug("java.base/java.io is closed to fdwork: receiving a descriptor costs five more system calls. "
					+ "Start the JVM with --add-opens java.base/java.io=ALL-UNNAMED", ex);
			return null;
		}
	}

	static boolean isOpened() {
		return number != null;
	}

	/**
	 * Make an object that stands for a number without owning it.
	 */
	static FileDescriptor of(int value) throws IOException {
		VarHandle handle = number;
		if (handle == null) {
			return FileDescriptorCast.unsafeUsing(value).getFileDescriptor();
		}
		FileDescriptor descriptor = new FileDescriptor();
		handle.set(descriptor, value);
		return descriptor;
	}

	/**
	 * Take the number out of an object, which is as if it were closed from then on.
	 */
	static int take(FileDescriptor descriptor) {
		VarHandle handle = required();
		int taken = (int) handle.get(descriptor);
		handle.set(descriptor, NONE);
		return taken;
	}

	private static VarHandle required() {
		if (number == null) {
			throw new IllegalStateException("java.base/java.io is closed to fdwork");
		}
		return number;
	}

}
