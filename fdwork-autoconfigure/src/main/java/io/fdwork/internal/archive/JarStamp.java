package io.fdwork.internal.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;

/**
 * What tells one content of a jar from another: its size, its time, and a hash of its
 * end.
 * <p>
 * Size and time alone do not: images of containers and reproducible builds give each
 * version the same time, and a constant that changes leaves the size as it is. At its end
 * a jar has the table of its entries with the checksum of each, and reading that takes
 * milliseconds.
 */
final class JarStamp {

	/**
	 * Has room for the table of some 40,000 entries.
	 */
	static final int END = 4 << 20;

	private static final int HASH_BYTES = 16;

	private JarStamp() {
	}

	/**
	 * Look at a jar.
	 * @return what {@code stat -c '%s %Y'} prints of it, and the beginning of what
	 * {@code tail -c 4194304 | sha256sum} prints
	 */
	static String of(Path jar) throws IOException {
		FileTime time = Files.getLastModifiedTime(jar);
		try (FileChannel file = FileChannel.open(jar)) {
			long size = file.size();
			ByteBuffer end = ByteBuffer.allocate((int) Math.min(END, size));
			long from = size - end.capacity();
			int read = 0;
			while (end.hasRemaining() && read >= 0) {
				read = file.read(end, from + end.position());
			}
			return size + " " + time.to(TimeUnit.SECONDS) + " " + hash(end.array());
		}
	}

	static String hash(byte[] bytes) {
		try {
			return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, HASH_BYTES);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Each Java platform has SHA-256", ex);
		}
	}

}
