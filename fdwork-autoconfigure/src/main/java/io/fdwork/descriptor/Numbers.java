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
			return FileDescriptors.of(number);
		}
		FileDescriptor view = views.get(number);
		if (view == null) {
			view = FileDescriptors.of(number);
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
	 * Open the file of a number anew, at the position that it has, and close the number.
	 * The cast of junixsocket to a FileChannel must not be used: it opens /dev/null to
	 * get one, <em>deletes</em> /dev/null when the channel is closed (as root that
	 * works), and never closes the number.
	 */
	static FileChannel fileChannel(int number) throws IOException {
		try (FileInputStream original = new FileInputStream(owned(number))) {
			// Fails for what is no file
			long position = original.getChannel().position();
			FileChannel channel = FileChannel.open(Path.of("/proc/self/fd", String.valueOf(number)),
					StandardOpenOption.READ, StandardOpenOption.WRITE);
			return channel.position(position);
		}
		catch (IOException ex) {
			throw new IOException("Not a file that can be read and written", ex);
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
	 * it, or whatever has its number by then, when it is closed itself. Therefore the
	 * number is taken out of the object where the JDK is opened; elsewhere a duplicate is
	 * kept and the original closed, also when there is no duplicate to be had.
	 */
	static int detach(FileDescriptor received) throws IOException {
		return (FileDescriptors.isOpened()) ? detachByTaking(received) : detachByDuplicating(received);
	}

	private static int detachByTaking(FileDescriptor received) throws IOException {
		int number = FileDescriptors.take(received);
		if (number < 0) {
			// By an interrupt, which closes what the socket remembers
			throw new IOException("A descriptor was closed just when it had been received");
		}
		// Closes nothing any more, and makes the socket forget
		new FileOutputStream(received).close();
		return number;
	}

	static int detachByDuplicating(FileDescriptor received) throws IOException {
		try (FileOutputStream original = new FileOutputStream(received)) {
			return duplicate(received);
		}
		catch (IOException ex) {
			throw new DescriptorsExhaustedException(ex);
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

	/**
	 * Return how many bytes of a socket nobody has read yet, without reading (FIONREAD):
	 * of a stream, in which the end is none, or of the next message.
	 */
	static int unread(int number) throws IOException {
		// Not a view: a FileDescriptor remembers every stream that was made of it
		return new FileInputStream(FileDescriptors.of(number)).available();
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
