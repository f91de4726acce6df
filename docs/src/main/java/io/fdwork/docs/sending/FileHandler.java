package io.fdwork.docs.sending;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;

import io.fdwork.Work;
import io.fdwork.WorkHandler;

/**
 * Reads what was sent.
 */
public class FileHandler implements WorkHandler {

	private final BiConsumer<String, String> contents;

	/**
	 * Create a handler.
	 * @param contents takes the name and the content of each file
	 */
	public FileHandler(BiConsumer<String, String> contents) {
		this.contents = contents;
	}

	// tag::handler[]
	@Override
	public void handle(Work work) throws IOException {
		String name = work.parameters().getOrDefault("name", "");
		try (InputStream file = work.descriptors().get(0).toInputStream()) {
			this.contents.accept(name, new String(file.readAllBytes(), StandardCharsets.UTF_8));
		}
	}
	// end::handler[]

}
