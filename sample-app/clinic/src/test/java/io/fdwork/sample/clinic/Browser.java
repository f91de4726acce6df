package io.fdwork.sample.clinic;

import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.fdwork.sample.fixture.Await;

/**
 * Somebody who visits the clinic, with cookies, forms and their tokens.
 */
final class Browser {

	private static final Pattern TOKEN = Pattern.compile("<input[^>]* name=\"_csrf\"[^>]* value=\"([^\"]+)\"");

	private final HttpClient http = HttpClient.newBuilder()
		.version(HttpClient.Version.HTTP_1_1)
		.cookieHandler(new CookieManager())
		.followRedirects(HttpClient.Redirect.NORMAL)
		.build();

	private final int port;

	private final boolean keepAlive;

	/**
	 * Start a browser that has visited nothing.
	 * @param port the port of the clinic, on the loopback address
	 * @param keepAlive whether it keeps connections for the next request
	 */
	Browser(int port, boolean keepAlive) {
		this.port = port;
		this.keepAlive = keepAlive;
	}

	/**
	 * Fill in the form of the login.
	 * @return the page that comes then
	 */
	String logIn() throws IOException {
		return post("/login", "/login", Map.of("username", "vet", "password", "vet"));
	}

	/**
	 * Fill in the form of an appointment.
	 * @return the page that comes then
	 */
	String book(String reason) throws IOException {
		String tomorrow = LocalDateTime.now().plusDays(1).withNano(0).toString();
		return post("/patients/1", "/patients/1/appointments", Map.of("startsAt", tomorrow, "reason", reason));
	}

	/**
	 * Ask for a page.
	 */
	String get(String path) throws IOException {
		return send(request(path));
	}

	private String post(String page, String path, Map<String, String> fields) throws IOException {
		Matcher token = TOKEN.matcher(get(page));
		if (!token.find()) {
			throw new IOException(page + " has no token");
		}
		String form = fields.entrySet()
			.stream()
			.map((field) -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
			.collect(Collectors.joining("&", "_csrf=" + token.group(1) + "&", ""));
		return send(request(path).header("Content-Type", "application/x-www-form-urlencoded")
			.POST(BodyPublishers.ofString(form)));
	}

	private HttpRequest.Builder request(String path) {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + this.port + path))
			.timeout(Await.PATIENCE);
		return (this.keepAlive) ? request : request.header("Connection", "close");
	}

	private String send(HttpRequest.Builder request) throws IOException {
		try {
			HttpResponse<String> response = this.http.send(request.build(), BodyHandlers.ofString());
			if (response.statusCode() != 200) {
				throw new IOException(response + ": " + response.body());
			}
			return response.body();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

}
