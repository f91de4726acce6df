package io.fdwork.internal.actuate;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * What a browser is told about all that comes from the endpoint, and what it may ask of
 * it: nothing that a page of another site could have told it to, under the name of that
 * site or another one.
 */
public final class BrowserRules {

	private static final String NO_JSON = """
			{"error":"A request with the header Origin comes from a browser. It needs the content type \
			application/json, which no page of another site can send"}""";

	private static final String FOREIGN_HOST = """
			{"error":"A request with the header Origin comes from a browser. The name in its header Host may be \
			that of another site, which leads here. If it is one of this machine, set fdwork.daemon.page.hosts"}""";

	private static final Map<String, String> HEADERS = Map.of("Content-Security-Policy",
			"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
					+ "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options", "nosniff", "X-Frame-Options", "DENY", "Referrer-Policy", "no-referrer",
			"Cross-Origin-Resource-Policy", "same-origin", "Cache-Control", "no-store");

	private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");

	private static final Pattern ADDRESS = Pattern.compile("\\[.+]|\\d{1,3}(\\.\\d{1,3}){3}");

	private final Supplier<@Nullable String> endpoint;

	private final Set<String> hosts;

	private volatile @Nullable PathPattern pattern;

	/**
	 * Create rules.
	 * @param endpoint returns the path of the endpoint, without that of the server;
	 * {@code null} if it has none
	 * @param hosts names with a dot that are those of the server
	 */
	public BrowserRules(Supplier<@Nullable String> endpoint, Collection<String> hosts) {
		this.endpoint = endpoint;
		this.hosts = hosts.stream().map((host) -> host.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
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
	 * Return what a request is refused with. Each browser sends the origin with whatever
	 * does more than read, and asks before it sends JSON to another site. It does not ask
	 * if the name of that site leads here, and says that name as the host; with TLS the
	 * certificate would be that of another name.
	 * @return JSON, {@code null} if it is not refused
	 */
	byte @Nullable [] refusal(String method, @Nullable String origin, @Nullable String contentType,
			@Nullable String host) {
		if (origin == null || READING.contains(method)) {
			return null;
		}
		if (!isJson(contentType)) {
			return NO_JSON.getBytes(StandardCharsets.UTF_8);
		}
		return (origin.startsWith("https:") || isOwn(host)) ? null : FOREIGN_HOST.getBytes(StandardCharsets.UTF_8);
	}

	/**
	 * Nobody can have a name without a dot in the DNS of the world.
	 */
	private boolean isOwn(@Nullable String host) {
		if (host == null) {
			return false;
		}
		String name = host.replaceFirst(":\\d*$", "").toLowerCase(Locale.ROOT);
		return !name.contains(".") || name.endsWith(".localhost") || ADDRESS.matcher(name).matches()
				|| this.hosts.contains(name);
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
