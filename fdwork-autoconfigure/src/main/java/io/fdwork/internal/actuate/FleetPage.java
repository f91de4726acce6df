package io.fdwork.internal.actuate;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;
import org.springframework.util.MimeType;

/**
 * The files of the page of the fleet: what the page shows it asks the endpoint for.
 */
final class FleetPage {

	private static final String READ_ONLY = "data-access=\"read-only\"";

	private static final String UNRESTRICTED = "data-access=\"unrestricted\"";

	private final Map<String, File> readOnly = new HashMap<>();

	FleetPage() {
		this.readOnly.put("page", File.read("page.html", "html"));
		this.readOnly.put("page.css", File.read("page.css", "css"));
		for (String script : List.of("page.js", "page-elements.js", "page-events.js", "page-figures.js",
				"page-state.js", "page-view.js")) {
			this.readOnly.put(script, File.read(script, "javascript"));
		}
	}

	/**
	 * Return a file of the page.
	 * @param name the last part of its path
	 * @param writable whether who gets it may operate the daemon
	 * @return the file, {@code null} if there is none with this name
	 */
	@Nullable File file(String name, boolean writable) {
		File file = this.readOnly.get(name);
		return (file != null && writable) ? new File(file.text().replace(READ_ONLY, UNRESTRICTED), file.type()) : file;
	}

	/**
	 * A file of the page.
	 *
	 * @param text what is in it
	 * @param type what it is
	 */
	record File(String text, MimeType type) {

		static File read(String name, String subtype) {
			try (InputStream in = FleetPage.class.getResourceAsStream(name)) {
				Assert.state(in != null, () -> "There is no " + name);
				return new File(new String(in.readAllBytes(), StandardCharsets.UTF_8),
						new MimeType("text", subtype, StandardCharsets.UTF_8));
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
