package io.fdwork.docs.sending;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

import io.fdwork.autoconfigure.ConditionalOnRole;
import io.fdwork.autoconfigure.Role;
import io.fdwork.WorkQueue;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;

import org.springframework.stereotype.Component;

/**
 * Puts an open file on a queue.
 */
// tag::queue[]
@Component
@ConditionalOnRole(Role.DAEMON)
public class FileSender {

	private final WorkQueue queue;

	FileSender(WorkQueue queue) {
		this.queue = queue;
	}

	/**
	 * Send a file to a worker, which need not be able to open it.
	 */
	public void send(Path path) throws IOException {
		try (FileInputStream stream = new FileInputStream(path.toFile());
				Descriptor file = Descriptor.duplicateOf(stream)) {
			WorkRequest request = WorkRequest.with(file)
				.queue("files")
				.parameter("name", path.getFileName().toString())
				.build();
			this.queue.put(request, Duration.ofSeconds(1));
		}
	}

}
// end::queue[]
