package io.fdwork.internal.serve.warmup;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;

import org.springframework.http.HttpMethod;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.method.HandlerMethod;

/**
 * The methods that answer, as those of a controller would: what they are given and what
 * they return goes through the codecs of the application.
 */
final class WarmUpMethods {

	private static final WarmUpMethods INSTANCE = new WarmUpMethods();

	private static final HandlerMethod TEXT = method("text");

	private static final HandlerMethod ECHO = method("echo");

	private WarmUpMethods() {
	}

	/**
	 * Return the method for requests with such a method.
	 */
	static HandlerMethod of(String httpMethod) {
		return (HttpMethod.POST.name().equals(httpMethod)) ? ECHO : TEXT;
	}

	private static HandlerMethod method(String name) {
		Method method = Arrays.stream(WarmUpMethods.class.getDeclaredMethods())
			.filter((declared) -> declared.getName().equals(name))
			.findFirst()
			.orElseThrow();
		return new HandlerMethod(INSTANCE, method);
	}

	@ResponseBody
	String text() {
		return "warm";
	}

	@ResponseBody
	Note echo(@RequestBody Note note) {
		return note;
	}

	/**
	 * What is read and written.
	 */
	record Note(String text, long number, List<Note> notes) {

	}

}
