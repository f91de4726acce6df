package io.fdwork.descriptor;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

import org.newsclub.net.unix.FileDescriptorCast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Descriptor numbers as the native libraries take them.
 */
final class Numbers {

	private static final Logger logger = LoggerFactory.getLogger(Numbers.class);

	// Making a FileDescriptor from a number costs two system calls, and the numbers of a
	// process are few and used again and again. A view is never closed.
	private static final AtomicReferenceArray<FileDescriptor> views = new AtomicReferenceArray<>(1 << 16);

	private Numbers() {
	}

	/**
	 * Return an object that stands for a number without owning it.
	 */
	static FileDescriptor view(int number) throws IOException {
		if (number >= views.length()) {
			return FileDescriptorCast.unsafeUsing(number).getFileDescriptor();
		}
		FileDescriptor view = views.get(number);
		if (view == null) {
			view = FileDescriptorCast.unsafeUsing(number).getFileDescriptor();
			views.set(number, view);
		}
		return view;
	}

	/**
	 * Return an object for a stream that becomes the owner of a number.
	 */
	static FileDescriptor owned(int number) {
		try {
			return FileDescriptorCast.unsafeUsing(number).getFileDescriptor();
		}
		catch (IOException ex) {
			close(number);
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Return a channel of the file of a number, and close the number. The file is opened
	 * anew: the JDK makes no channel of a number that both reads and writes, and when the
	 * one of junixsocket is closed it deletes {@code /dev/null} if the process may.
	 */
	static FileChannel fileChannel(int number) throws IOException {
		try {
			// Not of a view, which would remember each stream; this one is never closed
			FileDescriptor descriptor = FileDescriptorCast.unsafeUsing(number).getFileDescriptor();
			long position = new FileInputStream(descriptor).getChannel().position();
			return FileChannel
				.open(Path.of("/proc/self/fd/" + number), StandardOpenOption.READ, StandardOpenOption.WRITE)
				.position(position);
		}
		catch (IOException ex) {
			throw new IOException("Not a file that can be read and written", ex);
		}
		finally {
			close(number);
		}
	}

	static int duplicate(int number) throws IOException {
		return duplicate(view(number));
	}

	static int duplicate(FileDescriptor descriptor) throws IOException {
		return FileDescriptorCast.duplicating(descriptor).as(Integer.class);
	}

	/**
	 * Take a received descriptor away from the socket that received it. That socket
	 * remembers the number until it is closed through the JDK, and would otherwise close
	 * it, or whatever has its number by then, when it is closed itself. Therefore a
	 * duplicate is kept and the original closed, also when there is no duplicate to be
	 * had.
	 */
	static int detach(FileDescriptor received) throws IOException {
		try (FileOutputStream original = new FileOutputStream(received)) {
			return duplicate(received);
		}
	}

	/**
	 * Take all or none.
	 */
	static List<Descriptor> detachAll(FileDescriptor[] received) throws IOException {
		List<Descriptor> descriptors = new ArrayList<>(received.length);
		IOException failure = null;
		for (FileDescriptor original : received) {
			try {
				descriptors.add(new Descriptor(detach(original)));
			}
			catch (IOException ex) {
				failure = ex;
			}
		}
		if (failure != null) {
			descriptors.forEach(Descriptor::close);
			throw failure;
		}
		return descriptors;
	}

	static void close(int number) {
		try {
			new io.netty.channel.unix.FileDescriptor(number).close();
		}
		catch (IOException ex) {
			logger.warn("Could not close descriptor {}", number, ex);
		}
	}

}
