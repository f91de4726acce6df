package io.fdwork.internal.actuate;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * What a browser is told about all that comes from the endpoint, and what it may ask of
 * it: nothing that a page of another site could have told it to.
 */
public final class BrowserRules {

	/**
	 * What a refused request is answered, as JSON.
	 */
	static final byte[] REFUSAL = """
			{"error":"A request with the header Origin comes from a browser. It needs the content type \
			application/json, which no page of another site can send"}""".getBytes(StandardCharsets.UTF_8);

	private static final Map<String, String> HEADERS = Map.of("Content-Security-Policy",
			"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
					+ "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options", "nosniff", "X-Frame-Options", "DENY", "Referrer-Policy", "no-referrer",
			"Cross-Origin-Resource-Policy", "same-origin", "Cache-Control", "no-store");

	private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");

	private final Supplier<@Nullable String> endpoint;

	private volatile @Nullable PathPattern pattern;

	/**
	 * Create rules.
	 * @param endpoint returns the path of the endpoint, without that of the server;
	 * {@code null} if it has none
	 */
	public BrowserRules(Supplier<@Nullable String> endpoint) {
		this.endpoint = endpoint;
	}

	/**
	 * Return whether a path is that of the endpoint or below: as those see it who choose
	 * the handler, who take an encoded path for the same one.
	 */
	boolean applyTo(PathContainer path) {
		PathPattern pattern = this.pattern;
		if (pattern == null) {
			String endpoint = this.endpoint.get();
			if (endpoint == null) {
				return false;
			}
			pattern = PathPatternParser.defaultInstance.parse(endpoint + "/{*rest}");
			this.pattern = pattern;
		}
		return pattern.matches(path);
	}

	/**
	 * Tell the headers of an answer.
	 */
	void headers(BiConsumer<String, String> headers) {
		HEADERS.forEach(headers);
	}

	/**
	 * Return whether a request is refused. Each browser sends the origin with whatever
	 * does more than read, and asks before it sends JSON to another site.
	 */
	boolean refuse(String method, @Nullable String origin, @Nullable String contentType) {
		return origin != null && !READING.contains(method) && !isJson(contentType);
	}

	private static boolean isJson(@Nullable String contentType) {
		if (contentType == null) {
			return false;
		}
		try {
			MediaType type = MediaType.parseMediaType(contentType);
			return type.equalsTypeAndSubtype(MediaType.APPLICATION_JSON)
					|| new MediaType("application", "*+json").includes(type);
		}
		catch (InvalidMediaTypeException ex) {
			return false;
		}
	}

}
