/** Whether `/health/ready` answers 200; false also when nothing listens. */
export async function isReady(url: string): Promise<boolean> {
	try {
		const answer = await fetch(`${url}/health/ready`);
		await answer.arrayBuffer();
		return answer.ok;
	} catch (error) {
		if (error instanceof TypeError) return false;
		throw error;
	}
}
